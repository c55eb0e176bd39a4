// What a schema validator of npm says: node validate.cjs SCHEMA FILE... prints {"file": [mistakes]}.
// Fails when the schema itself is not valid against its metaschema, or has a keyword nobody knows.
'use strict';
const fs = require('fs');
const Ajv = require('ajv/dist/2020');
const yaml = require('js-yaml');

const [schemaPath, ...files] = process.argv.slice(2);
const schema = JSON.parse(fs.readFileSync(schemaPath, 'utf8'));
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
if (!ajv.validateSchema(schema))
  throw new Error(ajv.errorsText());
const validate = ajv.compile(schema);
const found = {};
for (const file of files) {
  validate(yaml.load(fs.readFileSync(file, 'utf8')));
  found[file] = (validate.errors || []).map((error) => `${error.instancePath} ${error.message}`);
}
console.log(JSON.stringify(found));
