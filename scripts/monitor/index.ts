// Runs the example shop with visitors, and Prometheus with the rules: npm run monitor
import { isInstalled, signalled, startStack } from './stack';
import { Traffic } from './traffic';

async function main(): Promise<void> {
  if (!isInstalled('prometheus')) {
    console.error(
      'Prometheus is missing. Install it: apt-get install prometheus (Debian, Ubuntu), ' +
        'brew install prometheus (macOS), or https://prometheus.io/download/',
    );
    process.exitCode = 1;
    return;
  }
  const ended = signalled();
  const stack = await startStack();
  const traffic = new Traffic(stack.shop);
  const rows = [
    ['Shop', stack.shop],
    ['Faults', `${stack.shop}/faults`],
    ['Metrics', stack.metrics],
    ['Prometheus', stack.prometheus],
    [
      'Alertmanager',
      stack.alertmanager ?? 'not installed (apt-get install prometheus-alertmanager)',
    ],
    ['Dashboard', 'import monitoring/dashboard.json into Grafana'],
  ];
  for (const [what, where] of rows) console.log(`${what?.padEnd(14)}${where}`);
  console.log('Six visitors click. Press Ctrl-C to stop.');
  await ended;
  await traffic.stop();
  await stack.stop();
}

void main();
