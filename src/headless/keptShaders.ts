/**
 * The text of every shader that tests make, kept as files for another compiler to look at: `npm test -- firefox`.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Call it once, after WebGPU is there. @param folder a file for each text, named by its hash */
export function keepShaders(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const { prototype } = GPUDevice;
  const { createShaderModule } = prototype;
  prototype.createShaderModule = function kept(this: GPUDevice, descriptor: GPUShaderModuleDescriptor) {
    const file = join(folder, `${createHash('sha256').update(descriptor.code).digest('hex').slice(0, 24)}.wgsl`);
    if (!existsSync(file)) writeFileSync(file, descriptor.code);
    return createShaderModule.call(this, descriptor);
  };
}
