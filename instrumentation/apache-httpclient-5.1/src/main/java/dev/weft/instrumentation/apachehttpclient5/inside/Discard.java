package dev.weft.instrumentation.apachehttpclient5.inside;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.nio.AsyncDataConsumer;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.jspecify.annotations.Nullable;

/** Drops the body of a response that is not delivered; one that is long ends its connection. */
final class Discard implements AsyncDataConsumer {
  /** For those who ask how much may come. */
  static final CapacityChannel ANY_AMOUNT =
      new CapacityChannel() {
        @Override
        public void update(int increment) {}
      };

  private static final int LIMIT = 16 * 1024;

  private int left = LIMIT;

  @Override
  public void updateCapacity(CapacityChannel channel) throws IOException {
    channel.update(Integer.MAX_VALUE);
  }

  @Override
  public void consume(ByteBuffer bytes) throws IOException {
    left -= bytes.remaining();
    bytes.position(bytes.limit());
    if (left < 0) {
      throw new IOException("a response that is dropped is too long to be read");
    }
  }

  @Override
  public void streamEnd(@Nullable List<? extends Header> trailers) {}

  @Override
  public void releaseResources() {}
}
