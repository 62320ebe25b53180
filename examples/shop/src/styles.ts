/** The stylesheet of the shop, for the head of each page. */
export const styles = `<style>
:root { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #faf8f5; }
body { margin: 0; }
.shop { max-width: 44rem; margin: 0 auto; padding: 1rem; }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 1px solid #ddd; }
nav { display: flex; gap: 1.5rem; }
a { color: #7a3b10; text-decoration: none; }
.brand { font-weight: 700; font-size: 1.25rem; }
.badge { background: #7a3b10; color: #fff; border-radius: 1rem; padding: 0 .5rem; font-size: .8rem; }
.products { list-style: none; padding: 0; }
.products li { display: grid; grid-template-columns: 1fr auto auto; gap: 1rem; align-items: center; padding: .5rem 0; border-bottom: 1px solid #eee; }
input { font: inherit; padding: .4rem .6rem; border: 1px solid #bbb; border-radius: .3rem; width: 100%; box-sizing: border-box; }
button { font: inherit; padding: .4rem .9rem; border: 0; border-radius: .3rem; background: #7a3b10; color: #fff; cursor: pointer; }
button.quiet { background: none; color: #888; padding-left: 0; }
.field { margin: .8rem 0; }
.error { color: #b00020; margin: .2rem 0; }
.vango-reconnecting .shop { opacity: .5; }
</style>`;
