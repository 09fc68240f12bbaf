package dev.weft.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcFsTest {
  @TempDir Path root;
  private ProcFs proc;

  @BeforeEach
  void open() {
    proc = new ProcFs(root);
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void cpuTicks_nameWithSpacesAndParentheses() throws IOException {
    write("42/stat", "42 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 300 40 5000 600 20 0 1 0 99\n");
    assertThat(proc.cpuTicks(42)).isEqualTo(340);
  }

  @Test
  void endedChildrenTicks_areTheTwoFieldsAfter() throws IOException {
    write("self/stat", "42 (java) S 1 2 3 4 5 6 7 8 9 10 300 40 5000 600 20 0 1 0 99\n");
    assertThat(proc.endedChildrenTicks()).isEqualTo(5600);
  }

  @Test
  void machineBusyTicks_leavesOutIdleAndGuests() throws IOException {
    write("stat", "cpu  1 20 300 4000 50000 600000 7000000 80000000 900000000 1\ncpu0 1 1 1\n");
    assertThat(proc.machineBusyTicks()).isEqualTo(1 + 20 + 300 + 600000 + 7000000 + 80000000);
  }

  @Test
  void residentKiB() throws IOException {
    write("42/status", "Name:\tjava\nVmHWM:\t  999 kB\nVmRSS:\t   71234 kB\n");
    assertThat(proc.residentKiB(42)).isEqualTo(71234);
  }

  @Test
  void connections_countsEstablishedOnesOfTheLocalPortInBothTables() throws IOException {
    String header = "  sl  local_address rem_address   st tx_queue\n";
    write(
        "net/tcp",
        header
            + "   0: 0100007F:1F90 0100007F:C001 01 00000000:00000000\n"
            + "   1: 0100007F:C001 0100007F:1F90 01 00000000:00000000\n"
            + "   2: 00000000:1F90 00000000:0000 0A 00000000:00000000\n"
            + "   3: 0100007F:1F90 0100007F:C002 06 00000000:00000000\n");
    write(
        "net/tcp6",
        header
            + "   0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:C003"
            + " 01 00000000:00000000\n");
    assertThat(proc.connections(0x1F90)).isEqualTo(2);
  }

  @Test
  void unreadable_saysWhatAndWhere() {
    assertThatThrownBy(() -> proc.cpuTicks(42))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(root.resolve("42/stat").toString());
  }
}
