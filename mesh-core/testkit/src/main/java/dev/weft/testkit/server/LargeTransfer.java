package dev.weft.testkit.server;

import dev.weft.testkit.Http1;
import dev.weft.testkit.TestMesh;
import java.io.EOFException;
import java.util.zip.CRC32;

/** More than 2 GiB up and down over mesh TLS, held nowhere. */
final class LargeTransfer {
  private static final long SIZE = (2L << 30) + 1;

  private LargeTransfer() {}

  /** Returns {@link SmallHeap#DONE}, or what was wrong. */
  static String run(String fixture, String variant) throws Exception {
    TestMesh.get().reset();
    ServerFixture servers =
        (ServerFixture) Class.forName(fixture).getConstructor(String.class).newInstance(variant);
    try (ServerUnderTest server = servers.start(Setup.PLAIN);
        Http1 client = Http1.tls(server.port(), "shop")) {
      byte[] block = new byte[64 * 1024];
      for (int i = 0; i < block.length; i++) {
        block[i] = (byte) i;
      }
      String sum = upload(client, block);
      String answer = client.read().text();
      if (!answer.equals(SIZE + " " + sum)) {
        return "uploaded " + SIZE + " bytes with the sum " + sum + ", the server has " + answer;
      }
      client.send("GET /download?bytes=" + SIZE + " HTTP/1.1\r\nHost: orders\r\n\r\n");
      String length = client.head().header("content-length");
      if (!Long.toString(SIZE).equals(length)) {
        return "the server sends " + length + " bytes, expected " + SIZE;
      }
      String read = download(client, block.length);
      return read.equals(sum) ? SmallHeap.DONE : "downloaded the sum " + read + ", not " + sum;
    }
  }

  private static String upload(Http1 client, byte[] block) throws Exception {
    CRC32 crc = new CRC32();
    client.send("POST /upload HTTP/1.1\r\nHost: orders\r\nContent-Length: " + SIZE + "\r\n\r\n");
    for (long left = SIZE; left > 0; left -= block.length) {
      int size = (int) Math.min(block.length, left);
      crc.update(block, 0, size);
      client.out().write(block, 0, size);
    }
    client.out().flush();
    return Long.toString(crc.getValue());
  }

  private static String download(Http1 client, int step) throws Exception {
    CRC32 crc = new CRC32();
    byte[] buffer = new byte[step];
    for (long left = SIZE; left > 0; ) {
      int read = client.in().read(buffer, 0, (int) Math.min(step, left));
      if (read < 0) {
        throw new EOFException(left + " bytes were missing at the end");
      }
      crc.update(buffer, 0, read);
      left -= read;
    }
    return Long.toString(crc.getValue());
  }
}
