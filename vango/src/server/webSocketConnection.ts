import type { RawData, WebSocket } from 'ws';
import { isInstance } from '../errors';
import type { ConnectionEnd, RuntimeMetrics, WebSocketErrorType } from '../metrics';
import { DecodeError, decodeFrame } from '../protocol';
import type { CleanEnd, SessionSocket } from '../session/socket';

/** Takes what a connection reports. */
export interface ConnectionListener {
  frame(type: number, payload: Uint8Array): void;
  /** The connection or this listener threw. The socket is dropped. */
  failed(type: WebSocketErrorType, error: unknown): void;
  /** The socket is gone, cleanly or not; nothing follows. */
  lost(): void;
}

/** Limits of one connection. */
export interface ConnectionLimits {
  /** Milliseconds that a new socket has for its hello. */
  readonly handshakeTimeout: number;
  /** Milliseconds without a frame after which the socket is dropped. */
  readonly readTimeout: number;
  /** Bytes that may wait for a slow reader before the socket is dropped. */
  readonly sendBuffer: number;
}

/**
 * Messages that one socket may send per second, and at once after a pause. Browsers send far fewer.
 */
const MESSAGE_RATE = 1000;
const RECOVERY_INTERVAL = 100;
/** Close code without any special meaning: browsers do not come back by themselves. */
const NORMAL_CLOSURE = 1000;
/** What `ws` reports for a socket that ended without a close frame. */
const NO_CLOSE_FRAME = 1006;

/** The reason in the close frame. */
const CLOSE_REASONS: Record<CleanEnd, string> = {
  normal: 'Session ended',
  taken_over: 'Session taken over',
  refused: 'Refused',
};

/**
 * Milliseconds between two pings that measure the round trip. They are sent when a message comes,
 * so that they need no timer; a browser sends one each 30 s at least.
 */
const PING_INTERVAL = 25_000;

/** The socket of one browser: whole frames in and out, timeouts, and errors counted by type. */
export class WebSocketConnection implements SessionSocket {
  private readonly openedAt = performance.now();
  private silence: NodeJS.Timeout;
  private closing = false;
  /** Messages that may be read before the socket is paused. */
  private credit = MESSAGE_RATE;
  private creditedAt = Date.now();
  private recovery: NodeJS.Timeout | undefined;
  /** Seconds of the last round trip; undefined before the first. */
  roundTrip: number | undefined = undefined;
  /** Reading of `performance.now()` when the last ping was sent. */
  private pingedAt = 0;
  /** Number of the last ping, from 1 to 255, which its pong repeats; 0 before the first. */
  private lastPing = 0;
  private awaitsPong = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly metrics: () => RuntimeMetrics,
    private readonly limits: ConnectionLimits,
    private readonly listener: ConnectionListener,
  ) {
    this.silence = this.expectFrameWithin(limits.handshakeTimeout);
    socket.binaryType = 'fragments';
    socket.on('message', (data, isBinary) => this.onMessage(data, isBinary));
    socket.on('error', error => this.onError(error));
    socket.on('close', code => this.onClose(code));
    socket.on('pong', data => this.onPong(data));
  }

  /**
   * Writes one frame. Returns false when the socket is closing, or when its reader is too slow and
   * it is dropped.
   */
  send(frame: Uint8Array): boolean {
    if (this.closing || this.socket.readyState !== this.socket.OPEN) return false;
    if (this.socket.bufferedAmount > this.limits.sendBuffer) {
      this.metrics().recordWebSocketError('write');
      this.drop('slow_reader');
      return false;
    }
    this.metrics().recordNetworkIo('transmit', frame.byteLength);
    this.socket.send(frame, this.onWritten);
    return true;
  }

  /** Whether the browser answers a ping within so many milliseconds. */
  answers(within: number): Promise<boolean> {
    const { socket } = this;
    return new Promise(resolve => {
      const settle = (isThere: boolean): void => {
        clearTimeout(timer);
        socket.off('pong', pong).off('close', gone);
        resolve(isThere);
      };
      const pong = (): void => settle(true);
      const gone = (): void => settle(false);
      const timer = setTimeout(gone, within);
      socket.on('pong', pong).on('close', gone);
      if (socket.readyState === socket.OPEN) socket.ping();
    });
  }

  /** Called when the hello is answered: the read timeout replaces the handshake timeout. */
  established(): void {
    clearTimeout(this.silence);
    this.silence = this.expectFrameWithin(this.limits.readTimeout);
    this.ping();
  }

  /** Closes with a close frame: the browser does not come back by itself. */
  close(end: CleanEnd): void {
    this.finish(end);
    this.socket.close(NORMAL_CLOSURE, CLOSE_REASONS[end]);
  }

  /** Ends the socket without a close frame: the browser reconnects. */
  drop(end: ConnectionEnd): void {
    this.finish(end);
    this.socket.terminate();
  }

  /** The first end counts: no frame comes through after it. */
  private finish(end: ConnectionEnd): void {
    if (this.closing) return;
    this.closing = true;
    const seconds = (performance.now() - this.openedAt) / 1000;
    this.metrics().recordConnectionDuration(end, seconds);
  }

  private expectFrameWithin(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => this.onSilence(), milliseconds).unref();
  }

  private onMessage(data: RawData, isBinary: boolean): void {
    if (this.closing) return;
    this.silence.refresh();
    this.spendCredit();
    try {
      const message = takeMessage(data as Buffer[]);
      this.metrics().recordNetworkIo('receive', message.byteLength);
      if (!isBinary) throw new DecodeError('invalid', 'text message');
      const { type, payload } = decodeFrame(message);
      this.listener.frame(type, payload);
      // After the answer, so that a handler that blocks is not part of the round trip.
      if (this.lastPing > 0 && performance.now() - this.pingedAt > PING_INTERVAL) this.ping();
    } catch (error) {
      if (isInstance(error, DecodeError)) this.metrics().recordWebSocketError('decode');
      else this.fail('read', error);
    }
  }

  /** Browsers answer pings by themselves, also where their main thread is busy. */
  private ping(): void {
    if (this.closing || this.socket.readyState !== this.socket.OPEN) return;
    this.lastPing = (this.lastPing % 255) + 1;
    this.awaitsPong = true;
    this.pingedAt = performance.now();
    this.socket.ping(Buffer.of(this.lastPing));
  }

  /** A pong that nobody asked for, or the answer to another ping, says nothing. */
  private onPong(data: Buffer): void {
    if (!this.awaitsPong || data.length !== 1 || data[0] !== this.lastPing) return;
    this.awaitsPong = false;
    this.roundTrip = Math.max(0, performance.now() - this.pingedAt) / 1000;
    this.metrics().recordRoundTrip(this.roundTrip);
  }

  /**
   * Pauses a socket that sends too much, so that others get their time. The rest waits in its
   * buffers.
   */
  private spendCredit(): void {
    if (--this.credit >= 0 || this.recovery !== undefined) return;
    this.socket.pause();
    this.recovery = setInterval(() => this.recover(), RECOVERY_INTERVAL).unref();
    this.recover();
  }

  private recover(now = Date.now()): void {
    this.credit = Math.min(
      MESSAGE_RATE,
      this.credit + ((now - this.creditedAt) * MESSAGE_RATE) / 1000,
    );
    this.creditedAt = now;
    if (this.credit < 0) return;
    this.socket.resume();
    clearInterval(this.recovery);
    this.recovery = undefined;
  }

  private onSilence(): void {
    this.metrics().recordWebSocketError('timeout');
    this.drop('timeout');
  }

  private onError(error: Error & { code?: string }): void {
    this.metrics().recordWebSocketError(
      error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'too_large' : 'read',
    );
    this.finish('lost');
  }

  private onClose(code: number): void {
    this.finish(code === NO_CLOSE_FRAME ? 'lost' : 'normal');
    clearTimeout(this.silence);
    clearInterval(this.recovery);
    try {
      this.listener.lost();
    } catch (error) {
      this.fail('read', error);
    }
  }

  private fail(type: WebSocketErrorType, error: unknown): void {
    this.drop('lost');
    this.listener.failed(type, error);
  }

  private readonly onWritten = (error?: Error | null): void => {
    if (error == null || this.closing) return;
    this.metrics().recordWebSocketError('write');
    this.drop('lost');
  };
}

/**
 * The message of a list of fragments. Empties the list, which is memory that ws may keep: see
 * docs/performance.md.
 */
function takeMessage(fragments: Buffer[]): Uint8Array {
  const [first] = fragments;
  const message = fragments.length === 1 && first !== undefined ? first : Buffer.concat(fragments);
  fragments.length = 0;
  return message;
}
