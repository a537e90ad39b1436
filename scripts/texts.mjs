// `npm run texts`: writes the catalogue of what the page says, src/app/texts.json.
import { writeFileSync } from 'node:fs';
import { cataloguePath, catalogueText } from './texts/catalogue.mjs';

writeFileSync(cataloguePath, catalogueText());
