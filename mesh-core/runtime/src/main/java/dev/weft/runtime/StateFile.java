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
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * What outlives the process, so that a restart finds its way while no coordinator lives: a file in
 * {@code weft.state.dir}, readable by its owner only, replaced atomically. What cannot be read is
 * ignored, with one warning: the coordinator has it all.
 *
 * <p>The file is a line {@code weft-state <format> <crc32>} and a JSON object.
 */
final class StateFile {
  private static final String MAGIC = "weft-state";
  private static final int FORMAT = 1;
  private static final int MAX_BYTES = 64 << 20;

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final String what;
  private final Path file;
  private final InstantSource clock;
  private final Log log;

  /** The last good configuration. */
  static StateFile snapshot(Path folder, InstantSource clock, Log log) {
    return new StateFile("configuration", folder.resolve("snapshot"), clock, log);
  }

  /** Key and certificates. */
  static StateFile identity(Path folder, InstantSource clock, Log log) {
    return new StateFile("identity", folder.resolve("identity"), clock, log);
  }

  private StateFile(String what, Path file, InstantSource clock, Log log) {
    this.what = what;
    this.file = file;
    this.clock = clock;
    this.log = log;
  }

  /** Null if there is none that can be read. */
  @Nullable Map<String, Object> load() {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new WireException("larger than " + MAX_BYTES + " bytes");
      }
      if (isAnybodys()) {
        throw new WireException("everybody may write it (expected: its owner alone)");
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
      log.warnOnce("state " + what, file + " is ignored: " + e.getMessage());
      return null;
    }
  }

  /** Whoever can write here says who may call this process, and whom it calls. */
  private boolean isAnybodys() throws IOException {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_WRITE);
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
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      Files.deleteIfExists(fresh);
      try (FileChannel out =
          FileChannel.open(
              fresh,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              attributes(fresh))) {
        ByteBuffer bytes = ByteBuffer.allocate(head.length + body.length).put(head).put(body);
        bytes.flip();
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      log.forget("state " + what);
    } catch (IOException e) {
      log.warnOnce("state " + what, "the " + what + " could not be saved: " + e);
    }
  }

  private static FileAttribute<?>[] attributes(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
        : new FileAttribute<?>[0];
  }

  private static String crc(byte[] body) {
    CRC32 crc = new CRC32();
    crc.update(body);
    return Long.toHexString(crc.getValue());
  }
}
