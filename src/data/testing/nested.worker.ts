/**
 * A worker that decodes one picture with a pool of its own, as the trainer worker does; answers with the number of
 * bytes.
 */
import { DecodePool } from '../decodePool';

self.addEventListener('message', async (message: MessageEvent<Blob>) => {
  const pool = new DecodePool(1);
  const { picture } = await pool.decode(message.data, { training: 32, clip: null });
  pool.close();
  self.postMessage(picture?.training.length ?? -1, { transfer: [] });
});
