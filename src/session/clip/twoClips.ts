/**
 * What is said where one CLIP looks at the pictures and another judges samples: the same wherever CLIP is chosen or
 * named.
 */
export function twoClips(eyes: string, critic: string): string {
  return `${eyes} looks at your pictures; ${critic} judges whole samples in training, because its judgement is smoother, and a generator learns better from that.`;
}
