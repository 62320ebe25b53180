import { stopChildren } from '../../vango/test/support/child';
import { expectOneClick } from '../support/oneClick';
import { PLATFORMS } from '../support/packages';

// npm installs for all other tests here; Yarn is among the slow tests.
for (const platform of PLATFORMS) {
  describe(`installed by pnpm, ${platform.label}`, function () {
    this.timeout(240_000);
    afterEach(stopChildren);

    it('a click is one span and one count', () => expectOneClick('pnpm', platform));
  });
}
