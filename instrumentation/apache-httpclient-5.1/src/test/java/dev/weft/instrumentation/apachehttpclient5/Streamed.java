package dev.weft.instrumentation.apachehttpclient5;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.apache.hc.core5.http.nio.StreamChannel;
import org.apache.hc.core5.http.nio.entity.AbstractBinAsyncEntityProducer;

/** A body that the library is given piece by piece, once. */
final class Streamed extends AbstractBinAsyncEntityProducer {
  private final InputStream source;
  private final long length;
  private final ByteBuffer piece = ByteBuffer.allocate(64 * 1024).limit(0);

  /**
   * @param length of the body; -1 if nobody is to know
   */
  Streamed(InputStream source, long length) {
    super(0, null);
    this.source = source;
    this.length = length;
  }

  @Override
  public boolean isRepeatable() {
    return false;
  }

  @Override
  public long getContentLength() {
    return length;
  }

  @Override
  protected int availableData() {
    return Integer.MAX_VALUE;
  }

  @Override
  protected void produceData(StreamChannel<ByteBuffer> channel) throws IOException {
    int taken = 1;
    while (taken > 0) {
      if (!piece.hasRemaining()) {
        int read = source.read(piece.array());
        if (read < 0) {
          channel.endStream();
          return;
        }
        piece.clear().limit(read);
      }
      taken = channel.write(piece);
    }
  }

  @Override
  public void failed(Exception cause) {}
}
