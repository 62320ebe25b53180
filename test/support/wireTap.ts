import type { Page } from 'playwright-core';
import { decodeFrame, decodePatches, FrameType, PatchOp } from '../../vango/src/protocol';

/** Listens to the sockets of pages: what they sent and were sent, apart from any telemetry. */
export class WireTap {
  patches = 0;
  /** Bytes of all messages, as the server sees their direction. */
  readonly bytes = { receive: 0, transmit: 0 };
  /** Bytes of each patch frame, by the route it was sent for. */
  readonly frames = new Map<string, number[]>();

  /** @param template route template of a path */
  constructor(private readonly template: (path: string) => string) {}

  /** @param path that the page is opened at */
  listen(page: Page, path: string): void {
    let route = this.template(path);
    page.on('websocket', socket => {
      socket.on('framesent', ({ payload }) => {
        this.bytes.receive += payload.length;
      });
      socket.on('framereceived', ({ payload }) => {
        const bytes = new Uint8Array(payload as Buffer);
        this.bytes.transmit += bytes.length;
        const frame = decodeFrame(bytes);
        if (frame.type !== FrameType.Patches) return;
        const { patches } = decodePatches(frame.payload);
        for (const patch of patches)
          if (patch.op === PatchOp.NavPush || patch.op === PatchOp.NavReplace)
            route = this.template(patch.path);
        this.patches += patches.length;
        const sizes = this.frames.get(route) ?? [];
        sizes.push(bytes.length);
        this.frames.set(route, sizes);
      });
    });
  }
}
