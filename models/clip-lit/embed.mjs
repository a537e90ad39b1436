// Embeddings by a CLIP's shipped files, through onnxruntime as the studio runs it: node embed.mjs MODEL_FOLDER JOB.json
// JOB: { "pictures": [{ "in": FILE of uint8 [N, s, s, 3], "out": FILE }], "texts": [...], "textsOut": FILE }. Results are
// float32, row after row, not normalised. For evaluate.py, which asks clip-lit and clip-nano the same questions.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import ort from 'onnxruntime-node';

const [folder, jobFile] = process.argv.slice(2);
const job = JSON.parse(readFileSync(jobFile, 'utf8'));
const json = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const open = (name) =>
  ort.InferenceSession.create(join(folder, name), { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 });
const bytesOf = (rows) =>
  Buffer.concat(rows.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)));

async function embedPictures() {
  const { image_mean: mean, image_std: std, crop_size } = json('preprocessor_config.json');
  const side = crop_size.height;
  const plane = side * side;
  const session = await open('vision_model_fp16w.onnx');
  for (const { in: input, out } of job.pictures) {
    const pixels = readFileSync(input);
    const count = pixels.length / (3 * plane);
    const rows = [];
    for (let start = 0; start < count; start += 32) {
      const size = Math.min(32, count - start);
      const x = new Float32Array(size * 3 * plane);
      for (let n = 0; n < size; n++)
        for (let c = 0; c < 3; c++)
          for (let i = 0; i < plane; i++)
            x[(n * 3 + c) * plane + i] = (pixels[((start + n) * plane + i) * 3 + c] / 255 - mean[c]) / std[c];
      const result = await session.run({ pixel_values: new ort.Tensor('float32', x, [size, 3, side, side]) }, [
        'image_embeds',
      ]);
      rows.push(result.image_embeds.data);
    }
    writeFileSync(out, bytesOf(rows));
  }
}

async function embedTexts() {
  const tokenizer = new Tokenizer(json('tokenizer.json'), {});
  const longest = json('config.json').text_config.max_position_embeddings;
  const session = await open('text_model_fp16w.onnx');
  const rows = [];
  for (const text of job.texts) {
    const all = tokenizer.encode(text).ids;
    const ids = all.length > longest ? [...all.slice(0, longest - 1), all.at(-1)] : all;
    const input = new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
    rows.push((await session.run({ input_ids: input }, ['text_embeds'])).text_embeds.data);
  }
  writeFileSync(job.textsOut, bytesOf(rows));
}

await embedPictures();
await embedTexts();
