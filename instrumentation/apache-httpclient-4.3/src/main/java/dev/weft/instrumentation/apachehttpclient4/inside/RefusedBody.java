package dev.weft.instrumentation.apachehttpclient4.inside;

import dev.weft.bridge.Bridge;
import java.nio.ByteBuffer;
import org.apache.http.ConnectionClosedException;
import org.apache.http.nio.ContentDecoder;
import org.apache.http.nio.IOControl;
import org.apache.http.nio.protocol.HttpAsyncClientExchangeHandler;

/** The body of an answer of the mesh, given to its reader as if it came over a connection. */
final class RefusedBody implements ContentDecoder, IOControl, Runnable {
  private final AsyncExchange exchange;
  private final HttpAsyncClientExchangeHandler reader;
  private final ByteBuffer left;
  private volatile boolean completed;
  private boolean suspended;
  private boolean running;

  RefusedBody(AsyncExchange exchange, HttpAsyncClientExchangeHandler reader, byte[] body) {
    this.exchange = exchange;
    this.reader = reader;
    this.left = ByteBuffer.wrap(body);
  }

  @Override
  public void run() {
    try {
      while (goesOn()) {
        int before = left.remaining();
        reader.consumeContent(this, this);
        if (left.remaining() == before && !isSuspended()) {
          completed = true; // nobody wants it
        }
      }
      if (completed && !reader.isDone()) {
        reader.responseCompleted();
      }
    } catch (Exception e) {
      exchange.fail(e);
    }
  }

  private synchronized boolean goesOn() {
    running = !completed && !suspended && !reader.isDone();
    return running;
  }

  private synchronized boolean isSuspended() {
    return suspended;
  }

  @Override
  public int read(ByteBuffer to) {
    int read = Math.min(left.remaining(), to.remaining());
    ByteBuffer part = left.slice();
    part.limit(read);
    to.put(part);
    left.position(left.position() + read);
    completed = !left.hasRemaining();
    return read == 0 && completed ? -1 : read;
  }

  @Override
  public boolean isCompleted() {
    return completed;
  }

  @Override
  public synchronized void suspendInput() {
    suspended = true;
  }

  @Override
  public void requestInput() {
    boolean again;
    synchronized (this) {
      again = suspended && !running;
      suspended = false;
      running = running || again;
    }
    if (again) {
      Bridge.mesh().aside().execute(this);
    }
  }

  @Override
  public void requestOutput() {}

  @Override
  public void suspendOutput() {}

  @Override
  public void shutdown() {
    completed = true;
    exchange.fail(new ConnectionClosedException("Connection is closed"));
  }
}
