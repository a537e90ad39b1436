import { describe, expect, it } from 'vitest';
import { AtlasRefused, atlasLimits, looksLikeAtlas, readSpriteAtlas } from './spriteAtlas';

const box = (x: number, y: number, w = 8, h = 8) => ({ x, y, w, h });
const plainFrame = { x: 0, y: 0, width: 8, height: 8, turned: false, whole: null, tag: null };

describe('JSON', () => {
  it('reads frames by name and in a list, with the sheet that they are of', () => {
    const hash = { frames: { 'cat/1.png': { frame: box(0, 0) } }, meta: { image: 'packed/sheet.png' } };
    const list = { frames: [{ filename: 'cat/1.png', frame: box(0, 0) }], meta: { image: 'sheet.png' } };
    const expected = [{ image: 'sheet.png', frames: [{ ...plainFrame, name: 'cat/1.png' }] }];
    expect(readSpriteAtlas(JSON.stringify(hash))).toEqual(expected);
    expect(readSpriteAtlas(JSON.stringify(list))).toEqual(expected);
    expect(readSpriteAtlas(JSON.stringify({ textures: [{ image: 'sheet.png', frames: list.frames }] }))).toEqual(
      expected,
    );
  });

  it('reads what was turned and trimmed', () => {
    const frame = {
      frame: box(4, 5, 6, 3),
      rotated: true,
      trimmed: true,
      spriteSourceSize: box(1, 2, 6, 3),
      sourceSize: { w: 8, h: 9 },
    };
    expect(readSpriteAtlas(JSON.stringify({ frames: { a: frame } }))?.[0]?.frames[0]).toEqual({
      name: 'a',
      x: 4,
      y: 5,
      width: 6,
      height: 3,
      turned: true,
      whole: { width: 8, height: 9, left: 1, top: 2 },
      tag: null,
    });
    const lying = { frames: { a: { ...frame, sourceSize: { w: 3, h: 3 } } } };
    expect(readSpriteAtlas(JSON.stringify(lying))?.[0]?.frames[0]?.whole).toBeNull();
  });

  it('gives frames the name of their tag; of several, of the shortest', () => {
    const atlas = {
      frames: [0, 1, 2, 3].map((i) => ({ filename: `p ${i}.aseprite`, frame: box(8 * i, 0) })),
      meta: {
        frameTags: [
          { name: 'jump', from: 1, to: 1 },
          { name: 'all', from: 0, to: 2 },
          { name: '', from: 0, to: 3 },
          { name: 'lying', from: -1e9, to: 'x' },
        ],
      },
    };
    expect(readSpriteAtlas(JSON.stringify(atlas))?.[0]?.frames.map(({ tag }) => tag)).toEqual([
      'all',
      'jump',
      'all',
      null,
    ]);
  });

  it('takes nothing else for an atlas', () => {
    for (const other of [
      '{"images":[{"file_name":"1.png"}]}',
      '{"frames":[{"frame":"12"}]}',
      '{"frames":{"a":{"frame":{"x":0,"y":0,"w":null,"h":1}}}}',
      '{"frames": 12}',
      '{"frames":',
      '[1]',
      '',
    ])
      expect(readSpriteAtlas(other)).toBeNull();
  });
});

describe('XML', () => {
  it('reads parts of a sheet, turned and trimmed ones too, whatever the order of their attributes', () => {
    const text = `<?xml version="1.0"?><TextureAtlas imagePath='a&amp;b.png'>
      <SubTexture name="cat_1.png" x="0" y="0" width="8" height="8"/>
      <SubTexture rotated="true" height="6" width="3" y="5" x="4" name="b" frameX="-1" frameY="-2" frameWidth="8" frameHeight="9"></SubTexture>
      <SubTexture name="no" x="zero" y="0" width="8" height="8"/></TextureAtlas>`;
    expect(readSpriteAtlas(text)).toEqual([
      {
        image: 'a&b.png',
        frames: [
          { ...plainFrame, name: 'cat_1.png' },
          {
            name: 'b',
            x: 4,
            y: 5,
            width: 6,
            height: 3,
            turned: true,
            whole: { width: 8, height: 9, left: 1, top: 2 },
            tag: null,
          },
        ],
      },
    ]);
    expect(readSpriteAtlas('<annotations><image name="1.png"/></annotations>')).toBeNull();
  });
});

it('refuses more frames than are cut from a sheet', () => {
  const most = atlasLimits.frames;
  const many = Object.fromEntries(Array.from({ length: most + 1 }, (_, i) => [i, 0]));
  expect(() => readSpriteAtlas(JSON.stringify({ frames: many }))).toThrow(AtlasRefused);
  expect(() => readSpriteAtlas(`<TextureAtlas>${'<SubTexture x="0">'.repeat(most + 1)}`)).toThrow('100,001 frames');
});

it('knows an atlas by its beginning', () => {
  expect(looksLikeAtlas('{ "meta": {}, "frames" : {')).toBe(true);
  expect(looksLikeAtlas('<TextureAtlas imagePath="x">')).toBe(true);
  expect(looksLikeAtlas('{"images": []}')).toBe(false);
});
