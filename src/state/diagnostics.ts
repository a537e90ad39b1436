/** The text that "Copy diagnostics" copies: enough to find a fault, and no file names, class names or pictures. */
import type { ErrorInfo } from '../shared/errors';
import type { StudioState } from './studioState';

/** Anything that looks like a path or a picture's name is blotted out, in case a message of the browser quoted one. */
function withoutNames(text: string, names: readonly string[]): string {
  let clean = text;
  for (const name of names) if (name.length > 1) clean = clean.replaceAll(name, '…');
  return clean.replaceAll(
    /[^\s"'()]+\.(?:png|jpe?g|webp|gif|bmp|avif|zip|csv|onnx|onnx_data|data|safetensors|json)\b/gi,
    '…',
  );
}

export function diagnosticsText(state: StudioState, error: ErrorInfo, userAgent: string): string {
  const names = state.source ? [state.source.name, ...state.source.reading.classes] : [];
  const { adapter, dataset } = state;
  const { critic, latest, phase } = state.run;
  const lines = [
    `LCP-GAN Studio, error ${error.code}`,
    `what: ${withoutNames(error.what, names)}`,
    `why: ${withoutNames(error.why, names)}`,
    `state: ${state.session}, phase ${phase ?? 'none'}, iteration ${latest?.iteration ?? 0}`,
    `adapter: ${adapter ? `${adapter.vendor} ${adapter.architecture} ${adapter.description}, software ${adapter.isFallback}, f16 ${adapter.f16}, subgroups ${adapter.subgroups}, buffer ${adapter.maxBufferBytes}` : 'unknown'}`,
    `data: ${dataset ? `${dataset.imageCount} pictures, ${dataset.classes.length} classes, ${dataset.unlabeledCount} unlabeled, ${dataset.broken.length} broken` : 'none'}`,
    `clip: ${state.clip.kind === 'manifest' ? state.clip.id : 'own files'}${critic ? `, judged by ${critic.id}` : ''}`,
    `configuration: ${JSON.stringify(state.config)}`,
    `browser: ${userAgent}`,
  ];
  if (error.detail) lines.push(`detail: ${withoutNames(error.detail, names)}`);
  return lines.join('\n');
}
