package dev.weft.runtime;

import dev.weft.wire.Json;
import dev.weft.wire.WireException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The last good configuration on disk, so that a restart finds its way while no coordinator lives:
 * one file in {@code weft.state.dir}, replaced atomically. What cannot be read is ignored, with one
 * warning: the coordinator has it all.
 *
 * <p>The file is a line {@code weft-state <format> <crc32>} and a JSON object.
 */
final class StateFile {
  private static final String MAGIC = "weft-state";
  private static final int FORMAT = 1;
  private static final int MAX_BYTES = 64 << 20;

  private final Path file;
  private final InstantSource clock;
  private final Log log;

  StateFile(Path folder, InstantSource clock, Log log) {
    this.file = folder.resolve("snapshot");
    this.clock = clock;
    this.log = log;
  }

  /** Null if there is none that can be read. */
  @Nullable Map<String, Object> load() {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new WireException("larger than " + MAX_BYTES + " bytes");
      }
      byte[] all = Files.readAllBytes(file);
      int end = 0;
      while (end < all.length && all[end] != '\n') {
        end++;
      }
      String[] head = new String(all, 0, end, StandardCharsets.US_ASCII).split(" ", -1);
      if (head.length != 3 || !head[0].equals(MAGIC) || !head[1].equals("" + FORMAT)) {
        throw new WireException("not of format " + FORMAT);
      }
      byte[] body = java.util.Arrays.copyOfRange(all, Math.min(end + 1, all.length), all.length);
      if (!head[2].equals(crc(body))) {
        throw new WireException("its checksum is wrong");
      }
      return Json.parseObject(body);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      log.warnOnce("state", file + " is ignored: " + e.getMessage());
      return null;
    }
  }

  /** Replaces the file; a failure is one warning. */
  void save(Map<String, Object> state) {
    try {
      Map<String, Object> whole = new LinkedHashMap<>();
      whole.put("time", clock.instant().toString());
      whole.putAll(state);
      byte[] body = Json.bytes(whole);
      byte[] head =
          (MAGIC + " " + FORMAT + " " + crc(body) + "\n").getBytes(StandardCharsets.US_ASCII);
      Files.createDirectories(file.getParent());
      Path fresh = file.resolveSibling("snapshot.new");
      try (FileChannel out =
          FileChannel.open(
              fresh,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        ByteBuffer bytes = ByteBuffer.allocate(head.length + body.length).put(head).put(body);
        bytes.flip();
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      log.forget("state");
    } catch (IOException e) {
      log.warnOnce("state", "the configuration could not be saved: " + e);
    }
  }

  private static String crc(byte[] body) {
    CRC32 crc = new CRC32();
    crc.update(body);
    return Long.toHexString(crc.getValue());
  }
}
