import { describe, expect, it } from 'vitest';
import { looksLikeAtlas, readSpriteAtlas } from './spriteAtlas';
import { AtlasRefused, atlasLimits } from './spriteFrames';

const box = (x: number, y: number, w = 8, h = 8) => ({ x, y, w, h });
const plainFrame = { x: 0, y: 0, width: 8, height: 8, turned: 0, whole: null, tag: null };

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
      turned: 90,
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
            turned: 90,
            whole: { width: 8, height: 9, left: 1, top: 2 },
            tag: null,
          },
        ],
      },
    ]);
    expect(readSpriteAtlas('<annotations><image name="1.png"/></annotations>')).toBeNull();
  });
});

const trimmed = {
  name: 'b',
  x: 4,
  y: 5,
  width: 6,
  height: 3,
  whole: { width: 8, height: 9, left: 1, top: 2 },
  tag: null,
};

describe('libGDX', () => {
  it('reads the older form: pages, animations by their numbers, what was turned and trimmed', () => {
    const text = `
one.png
size: 64,32
format: RGBA8888
filter: Nearest,Nearest
repeat: none
cat/1
  rotate: false
  xy: 0, 0
  size: 8, 8
  orig: 8, 8
  offset: 0, 0
  index: -1
b
  rotate: true
  xy: 4, 5
  size: 6, 3
  split: 1, 1, 1, 1
  orig: 8, 9
  offset: 1, 4
  index: 3

sub\\two.png
format: RGBA8888
walk
  rotate: false
  xy: 0, 0
  size: 8, 8
  index: 2
`;
    const [one, two, ...rest] = readSpriteAtlas(text.replaceAll('\n', '\r\n')) ?? [];
    expect(one).toEqual({
      image: 'one.png',
      frames: [
        { ...plainFrame, name: 'cat/1' },
        { ...trimmed, name: 'b_3', turned: 270 },
      ],
    });
    expect([two, rest]).toEqual([{ image: 'two.png', frames: [{ ...plainFrame, name: 'walk_2' }] }, []]);
  });

  it('reads the newer form, turns of any quarter, and leaves out what is no region', () => {
    const text = `one.png
size:64,32
filter:Linear,Linear
pma:true
b
bounds:4,5,6,3
offsets:1,4,8,9
rotate:90
half
bounds:0,0,8,8
rotate:180
three
index:7
bounds:0,0,8,8
rotate:270
aslant
bounds:0,0,8,8
rotate:45
nowhere
index:1`;
    expect(readSpriteAtlas(text)?.[0]?.frames).toEqual([
      { ...trimmed, turned: 270 },
      { ...plainFrame, name: 'half', turned: 180 },
      { ...plainFrame, name: 'three_7', turned: 90 },
    ]);
  });

  it('takes no other text for an atlas', () => {
    for (const other of ['cat.png 0\ndog.png 1\n', 'a.png\nb.png\n', 'a.png\nsize: 8,8\n', 'size: 8,8\n', '\n'])
      expect(readSpriteAtlas(other)).toBeNull();
  });
});

describe('cocos2d', () => {
  const list = (frames: string, about: string) =>
    `<?xml version="1.0"?>\n<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "x">\n<plist version="1.0">
    <!-- <dict> --><dict><key>frames</key><dict>${frames}</dict><key>metadata</key><dict>${about}</dict></dict></plist>`;

  it('reads format 2, and what was turned and trimmed', () => {
    const frames = `<key>cat/a&amp;1.png</key><dict><key>frame</key><string>{{0,0},{8,8}}</string><key>offset</key>
      <string>{0,0}</string><key>rotated</key><false/><key>sourceColorRect</key><string>{{0,0},{8,8}}</string>
      <key>sourceSize</key><string>{8,8}</string></dict>
      <key>b</key><dict><key>frame</key><string>{{4, 5}, {6, 3}}</string><key>rotated</key><true/>
      <key>sourceColorRect</key><string>{{1,2},{6,3}}</string><key>sourceSize</key><string>{8,9}</string></dict>
      <key>no</key><dict><key>frame</key><string>{{4, 5}}</string></dict>`;
    const about = `<key>format</key><integer>2</integer><key>realTextureFileName</key><string>in/s.png</string>`;
    expect(readSpriteAtlas(list(frames, about))).toEqual([
      {
        image: 's.png',
        frames: [
          { ...plainFrame, name: 'cat/a&1.png' },
          { ...trimmed, turned: 90 },
        ],
      },
    ]);
  });

  it('reads format 3, in which the middle says where a trimmed picture lay', () => {
    const frames = `<key>b</key><dict><key>aliases</key><array/><key>spriteOffset</key><string>{0,1}</string>
      <key>spriteSize</key><string>{6,3}</string><key>spriteSourceSize</key><string>{8,9}</string>
      <key>textureRect</key><string>{{4,5},{6,3}}</string><key>textureRotated</key><true/></dict>`;
    const about = `<key>format</key><integer>3</integer><key>textureFileName</key><string>s.png</string>`;
    expect(readSpriteAtlas(list(frames, about))).toEqual([{ image: 's.png', frames: [{ ...trimmed, turned: 90 }] }]);
  });

  it('takes no other list for an atlas, and none that is cut off', () => {
    const whole = list('<key>b</key><dict><key>frame</key><string>{{4,5},{6,3}}</string></dict>', '');
    expect(readSpriteAtlas(whole)).toHaveLength(1);
    for (const other of [
      whole.slice(0, -20),
      list('', ''),
      list('<dict>'.repeat(100_000), ''),
      '<plist version="1.0"><dict><key>frames</key><array/></dict></plist>',
      '<plist><dict><key>CFBundleName</key><string>x</string></dict></plist>',
    ])
      expect(readSpriteAtlas(other)).toBeNull();
  });
});

it('refuses more frames than are cut from a sheet', () => {
  const most = atlasLimits.frames;
  const many = Object.fromEntries(Array.from({ length: most + 1 }, (_, i) => [i, 0]));
  expect(() => readSpriteAtlas(JSON.stringify({ frames: many }))).toThrow(AtlasRefused);
  expect(() => readSpriteAtlas(`<TextureAtlas>${'<SubTexture x="0">'.repeat(most + 1)}`)).toThrow('100,001 frames');
  expect(() => readSpriteAtlas(`a.png\nsize:8,8\n${'x\n'.repeat(most + 1)}`)).toThrow('100,001 frames');
});

it('knows an atlas by its beginning', () => {
  expect(looksLikeAtlas('{ "meta": {}, "frames" : {')).toBe(true);
  expect(looksLikeAtlas('<TextureAtlas imagePath="x">')).toBe(true);
  expect(looksLikeAtlas('\n\nsheet 1.png\r\nformat: RGBA8888\r\n')).toBe(true);
  expect(looksLikeAtlas('<plist version="1.0">\n<dict>\n<key>frames</key>')).toBe(true);
  expect(looksLikeAtlas('{"images": []}')).toBe(false);
  expect(looksLikeAtlas('<plist version="1.0"><dict><key>name</key>')).toBe(false);
  expect(looksLikeAtlas('sheet.png: a sheet\nsize: large')).toBe(false);
});
