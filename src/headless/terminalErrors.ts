/** Failures as a person at a terminal is told them: what a browser's settings would mend is mended otherwise here. */
import type { ErrorInfo } from '../shared/errors';

/** What to install, by platform, where Dawn found nothing to compute on. */
function whatToInstall(platform: string, driver: string | undefined): Pick<ErrorInfo, 'why' | 'action'> {
  if (platform !== 'linux')
    return {
      why: 'The system’s graphics driver offered no device to this program.',
      action: 'Update the graphics driver, and start this in a session of the desktop rather than as a service.',
    };
  if (driver !== undefined)
    return {
      why: `The Vulkan driver that VK_ICD_FILENAMES or VK_DRIVER_FILES names (${driver}) offered none.`,
      action:
        'Check that the file is there, that the library it names can be loaded, and that it speaks Vulkan 1.1 or newer; or unset the variable, and a driver is looked for.',
    };
  return {
    why: 'On Linux this program computes through Vulkan. No Vulkan driver of this machine offered a device, and there is no Chromium whose software driver could stand in.',
    action: [
      'Install one of these, then give the same command again:',
      '  AMD or Intel GPU   mesa-vulkan-drivers and libvulkan1 (Debian, Ubuntu), or your distribution’s Vulkan drivers of Mesa',
      '  NVIDIA GPU         NVIDIA’s own driver, and libvulkan1; in a container, the capability "graphics" too',
      '  no GPU             chromium: its software driver is found by itself, and is slow',
      'A driver that lies elsewhere: set VK_ICD_FILENAMES to its manifest (.json).',
    ].join('\n'),
  };
}

/** @param environment variables and platform of the process; given by tests */
export function forTerminal(
  info: ErrorInfo,
  environment: { platform: string; driver: string | undefined } = {
    platform: process.platform,
    driver: process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES,
  },
): ErrorInfo {
  if (info.code !== 'adapter-missing' && info.code !== 'webgpu-missing') return info;
  return {
    code: info.code,
    what: 'There is nothing here to compute on: no GPU, and no software in place of one.',
    ...whatToInstall(environment.platform, environment.driver),
  };
}
