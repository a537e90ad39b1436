/// <reference lib="webworker" />
/**
 * The trainer worker's entry: the one owner of the GPU device, wired to the browser's storage, network and decoders.
 */
import { partsCache } from '../clip/clipCache';
import { fetchIo } from '../clip/loadIo';
import { openBlobStore } from '../data/blobStore';
import { DecodePool } from '../data/decodePool';
import { StudioError } from '../shared/errors';
import { meterWorker } from '../shared/sentBytes';
import type { Command } from './protocol/commands';
import { sendEvent, serveMessage, type CommandHandler, type MessageTarget } from './protocol/serve';
import { Session } from './session';
import { ShelfLabelStore } from './labels/shelfLabelStore';
import { ShelfRunStore } from './saving/shelfRunStore';

meterWorker();

const scope: MessageTarget = { postMessage: (message, transfer) => self.postMessage(message, { transfer }) };

async function openSession(modelsUrl: string): Promise<Session> {
  const store = await openBlobStore();
  return new Session({
    gpu: navigator.gpu,
    openDecoder: () => new DecodePool(),
    clipIo: fetchIo(modelsUrl, partsCache(store)),
    featuresOnGpu: true,
    store,
    runStore: new ShelfRunStore(),
    labelStore: new ShelfLabelStore(),
    emit: (event, transfer) => sendEvent(scope, event, transfer),
  });
}

/** The session comes to life with `hello`, which says where the models are. */
class Host implements CommandHandler {
  private session: Promise<Session> | null = null;

  async handle(command: Command): Promise<unknown> {
    if (command.type === 'hello') this.session ??= openSession(command.modelsUrl);
    if (this.session === null) {
      throw new StudioError({
        code: 'protocol',
        what: 'The training worker has not been greeted yet.',
        why: '',
        action: 'Reload the page.',
      });
    }
    return (await this.session).handle(command);
  }
}

const host = new Host();
self.addEventListener('message', (message: MessageEvent<unknown>) => void serveMessage(host, scope, message.data));
