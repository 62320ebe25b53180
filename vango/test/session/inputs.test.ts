import { expect } from 'chai';
import { type Signal, signal } from '../../src';
import { NOOP_METRICS } from '../../src/metrics';
import { type ClientEvent, type Patch, PatchOp } from '../../src/protocol';
import { recordInput } from '../../src/session/inputs';
import { PageTree } from '../../src/session/tree';
import { type Child, type HostElement, h } from '../../src/vdom';
import { silentLogger } from '../support/logger';

/** A page that renders again when it is told to, and a user who enters things. */
class Form {
  readonly tree = new PageTree(
    { metrics: NOOP_METRICS, logger: silentLogger(), writeViolations: 'warn' },
    undefined,
    () => {},
  );
  private readonly renders: Signal<number> = signal(0);

  constructor(content: () => Child) {
    const Page = (): Child => h('main', { title: `${this.renders.value}` }, content());
    this.tree.mount({ title: 'Form', lang: 'en', content: h(Page, null) });
  }

  enter(id: string, type: 'Input' | 'Change', data: string): void {
    const element = this.element(id);
    recordInput(this.tree.html, element, { seq: 1, type, hid: element.hid, data } as ClientEvent);
  }

  /** What a render that changes nothing sends, but for its number. */
  render(): Patch[] {
    this.renders.value++;
    const { change } = this.tree.flush();
    return (change as Patch[]).filter(patch => !('key' in patch && patch.key === 'title'));
  }

  hid(id: string): string {
    return this.element(id).hid;
  }

  private element(id: string): HostElement {
    return this.find(id, this.tree.html) as HostElement;
  }

  private find(id: string, within: HostElement): HostElement | undefined {
    if (within.attrs.id === id) return within;
    return within.children.map(child => this.find(id, child)).find(Boolean);
  }
}

const checked = (form: Form, id: string, value: boolean): Patch => ({
  op: PatchOp.SetChecked,
  hid: form.hid(id),
  value,
});

describe('user input', () => {
  it('is kept in a control whose state the render does not set', () => {
    const form = new Form(() => [
      h('input', { id: 'text' }),
      h('input', { id: 'box', type: 'checkbox' }),
      h('input', { id: 'one', type: 'radio', name: 'r', value: '1' }),
      h('select', { id: 'select' }, h('option', { selected: true }, 'a'), h('option', null, 'b')),
    ]);
    form.enter('text', 'Input', 'typed');
    form.enter('box', 'Change', 'true');
    form.enter('one', 'Change', '1');
    form.enter('select', 'Change', 'b');
    expect(form.render()).to.deep.equal([]);
  });

  it('is replaced where the render sets another state', () => {
    const form = new Form(() => [
      h('input', { id: 'text', value: 'a' }),
      h('textarea', { id: 'area', value: 'a' }),
      h('input', { id: 'box', type: 'checkbox', checked: false }),
      h('input', { id: 'other', type: 'CHECKBOX', checked: true }),
      h('select', { id: 'select', value: 'a' }, h('option', null, 'a'), h('option', null, 'b')),
    ]);
    form.enter('text', 'Input', 'typed');
    form.enter('area', 'Change', 'typed');
    form.enter('box', 'Change', 'true');
    form.enter('other', 'Change', 'false');
    form.enter('select', 'Change', 'b');
    expect(form.render()).to.deep.equal([
      { op: PatchOp.SetValue, hid: form.hid('text'), value: 'a' },
      { op: PatchOp.SetValue, hid: form.hid('area'), value: 'a' },
      checked(form, 'box', false),
      checked(form, 'other', true),
      { op: PatchOp.SetValue, hid: form.hid('select'), value: 'a' },
    ]);
    expect(form.render()).to.deep.equal([]);
  });

  it('selects one radio button per name and form', () => {
    const radio = (id: string, name: string, on: boolean, more = {}): Child =>
      h('input', { id, type: 'radio', name, value: id, checked: on, ...more });
    const form = new Form(() => [
      h(
        'form',
        null,
        radio('a', 'x', true),
        h('p', null, radio('b', 'x', false)),
        radio('other', 'y', true),
      ),
      h('form', { id: 'second' }, radio('elsewhere', 'x', true)),
      radio('outside', 'x', false, { form: 'second' }),
    ]);
    form.enter('b', 'Change', 'b');
    expect(form.render()).to.deep.equal([checked(form, 'a', true), checked(form, 'b', false)]);
    form.enter('outside', 'Change', 'outside');
    expect(form.render()).to.deep.equal([
      checked(form, 'elsewhere', true),
      checked(form, 'outside', false),
    ]);
  });

  it('selects an option, or several in a multiple select', () => {
    const options = (chosen: string[], values: string[]): Child[] =>
      values.map(value => h('option', { id: value, value, selected: chosen.includes(value) }));
    const form = new Form(() => [
      h('select', { id: 'one' }, h('optgroup', { label: 'x' }, options(['a'], ['a', 'b']))),
      h('select', { id: 'several', multiple: true }, options(['1', '3'], ['1', '2', '3'])),
    ]);
    form.enter('one', 'Change', 'b');
    expect(form.render()).to.deep.equal([
      { op: PatchOp.SetSelected, hid: form.hid('a'), value: true },
      { op: PatchOp.SetSelected, hid: form.hid('b'), value: false },
    ]);
    form.enter('several', 'Change', '1,3');
    expect(form.render()).to.deep.equal([]);
    form.enter('several', 'Change', '2,3');
    expect(form.render()).to.deep.equal([
      { op: PatchOp.SetSelected, hid: form.hid('1'), value: true },
      { op: PatchOp.SetSelected, hid: form.hid('2'), value: false },
    ]);
    form.enter('several', 'Change', '');
    expect(form.render().length).to.equal(2);
  });

  it('is kept when a component with the options of a select renders alone', () => {
    const labels = signal(['x']);
    const Options = (): Child =>
      h(
        'optgroup',
        { label: 'all' },
        labels.value.map(value => h('option', { value }, value)),
      );
    const form = new Form(() => h('select', { id: 'select', value: 'x' }, h(Options, null)));
    labels.value = ['new', 'x'];
    const { change } = form.tree.flush();
    expect((change as Patch[]).map(({ op }) => op)).to.deep.equal([
      PatchOp.InsertNode,
      PatchOp.SetValue,
    ]);
    expect((change as Patch[]).at(-1)).to.deep.include({ hid: form.hid('select'), value: 'x' });
  });

  it('is kept once the render no longer sets the checked state', () => {
    let says: { checked?: boolean } = { checked: false };
    const form = new Form(() => h('input', { id: 'box', type: 'checkbox', ...says }));
    says = {};
    expect(form.render()).to.deep.equal([]);
    form.enter('box', 'Change', 'true');
    expect(form.render()).to.deep.equal([]);
  });
});
