// What git's hook (.githooks/pre-commit) runs on the files of a commit. `git commit --no-verify` passes over it.
export default {
  '*.{ts,tsx,js,mjs,mts,css,html,json,md,yml,yaml}': 'oxfmt --write --no-error-on-unmatched-pattern',
  '*.{ts,tsx,mjs,mts}': 'oxlint --deny-warnings --no-error-on-unmatched-pattern',
};
