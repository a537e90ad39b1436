/** What a user chooses before a run: preset, settings, CLIP. */
import { presets, type Base, type PresetId, type RunConfig } from '../shared/config';
import type { SharedSettings } from './shareLink';
import type { DataSource } from './dataSource';
import { startingPreset } from './startingPreset';
import type { StudioCore } from './studioCore';
import type { ClipSelection } from './studioState';

export class Setup {
  constructor(
    private readonly core: StudioCore,
    private readonly data: DataSource,
  ) {}

  choosePreset(preset: PresetId): void {
    this.core.update((state) => {
      state.preset = preset;
      state.config = presets[preset];
      state.configTouched = true;
    });
    this.data.readAgainAtResolution();
  }

  /** Another base model, with the preset of it that suits the machine; the one there is stays as it is. */
  chooseBase(base: Base): void {
    const { config, adapter, speed } = this.core.state;
    if (config.base !== base) this.choosePreset(startingPreset(base, adapter, speed));
  }

  /** Replaces the configuration by one that was made from the current preset. */
  setConfig(config: RunConfig): void {
    this.core.update((state) => {
      state.config = config;
      state.configTouched = true;
    });
    this.data.readAgainAtResolution();
  }

  /** Settings that came with the address; those it could not take are told. */
  takeShared({ preset, config, clip, left }: SharedSettings): void {
    this.core.update((state) => {
      Object.assign(state, { preset, config, configTouched: true });
      if (clip !== null) state.clip = { kind: 'manifest', id: clip };
      state.toast = state.announcement =
        left.length === 0
          ? 'The settings of the link are in place.'
          : `The settings of the link are in place, but for ${left.join(', ')}: this version of the studio does not take them.`;
    });
    this.data.readAgainAtResolution();
  }

  chooseClip(clip: ClipSelection): void {
    this.core.update((state) => {
      state.clip = clip;
      state.problem = null;
    });
  }

  /** Reads the list of CLIP models; the first is chosen where the choice is not among them. */
  async listClips(): Promise<void> {
    const clipModels = await this.core.ports.listClipModels();
    this.core.update((state) => {
      state.clipModels = clipModels;
      const { clip } = state;
      const [first] = clipModels;
      const known = clip.kind === 'files' || clipModels.some(({ id }) => clip.id === id);
      if (!known && first) state.clip = { kind: 'manifest', id: first.id };
    });
  }
}
