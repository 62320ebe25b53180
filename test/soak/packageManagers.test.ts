import { stopChildren } from '../../vango/test/support/child';
import { expectOneClick } from '../support/oneClick';
import { PLATFORMS } from '../support/packages';

for (const platform of PLATFORMS) {
  for (const manager of ['Yarn classic', 'Yarn PnP'] as const) {
    describe(`installed by ${manager}, ${platform.label}`, function () {
      this.timeout(240_000);
      afterEach(stopChildren);

      it('a click is one span and one count', () => expectOneClick(manager, platform));
    });
  }
}
