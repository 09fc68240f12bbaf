package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.coordinator.CaAdmin;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The certificate authority. */
class CaCommandTest extends AbstractWeftTest {
  @Test
  void caStatus() {
    Result stable = weft("ca", "status");
    assertThat(stable.err()).isEmpty();
    assertThat(stable.out().lines().toList()).hasSize(4);
    assertThat(stable.out())
        .startsWith("STABLE\nsigner CN=Weft intermediate ")
        .contains(", until 2027-01-01T00:00:00Z\nROOT ")
        .containsPattern(
            "CN=Weft root [0-9a-f]{16},O=weft.internal +SIGNING +2035-12-30T00:00:00Z"
                + " +[0-9a-f]{64}\n");

    assertThat(weft("ca", "rotate").code()).isZero();
    admin.authority.progress.add(
        new CaAdmin.Progress("a", true, 3, 2, List.of("default/orders at 127.0.0.1:4711")));
    admin.authority.progress.add(new CaAdmin.Progress("b", false, 9, 9, List.of()));
    Result distributing = weft("ca", "status");
    assertThat(distributing.out())
        .startsWith(
            "DISTRIBUTING since 2026-01-01T00:00:00Z: 2 of 3 agents trust both roots; missing"
                + " default/orders at 127.0.0.1:4711; 1 of 2 coordinators have not answered yet\n")
        .contains(" SIGNING ")
        .contains(" NEXT ");

    admin.authority.progress.clear();
    admin.authority.progress.add(new CaAdmin.Progress("a", true, 3, 1, List.of()));
    admin.authority.advance(Duration.ofMinutes(1));
    assertThat(weft("ca", "status").out())
        .startsWith(
            "SIGNING since 2026-01-01T00:01:00Z: 1 of 3 agents have certificates of the new root;"
                + " they renew until 2026-01-01T02:25:00Z\n");
    admin.authority.advance(Duration.ofHours(3));
    assertThat(weft("ca", "status").out())
        .startsWith(
            "RETIRING since 2026-01-01T03:01:00Z: 1 of 3 agents have certificates of the new root;"
                + " until 2026-01-02T03:01:00Z at the latest\n")
        .contains(" RETIRING ");
    admin.authority.advance(Duration.ofMinutes(1));
    assertThat(weft("ca", "status").out())
        .startsWith("STABLE since 2026-01-01T03:02:00Z\n")
        .contains(" PINNED ");
  }

  @Test
  void caRotate() {
    Result rotate = weft("ca", "rotate");
    assertThat(rotate)
        .isEqualTo(
            new Result(
                0,
                """
                the root of the certificate authority rotates:
                  DISTRIBUTING  every agent is told to trust the new root as well
                  SIGNING       certificates come from the new root, one by one
                  RETIRING      until none is left that the old root signed
                  STABLE        the old root is trusted no more
                `weft ca status` shows where it stands
                """,
                ""));
    assertThat(weft("ca", "rotate"))
        .isEqualTo(
            new Result(
                1,
                "",
                "error: phase: DISTRIBUTING since 2026-01-01T00:00:00Z (expected: STABLE; a"
                    + " rotation is under way)\n"));
    assertThat(weft("ca", "status", "-o", "json").out()).startsWith("{\"phase\":\"DISTRIBUTING\"");
    assertThat(weft("ca", "status", "-o", "yaml").out()).startsWith("phase: DISTRIBUTING\n");
  }

  @Test
  void caRotateThatWaits_followsItToItsEnd() {
    admin.authority.advanceAtEachLook(Duration.ofHours(3));
    Result waited = weft("ca", "rotate", "--wait");
    assertThat(waited.code()).isZero();
    assertThat(waited.out().lines().filter(line -> !line.startsWith("  ")).toList())
        .hasSize(5)
        .satisfiesExactly(
            line -> assertThat(line).endsWith("rotates:"),
            line -> assertThat(line).startsWith("DISTRIBUTING since "),
            line -> assertThat(line).startsWith("SIGNING since "),
            line -> assertThat(line).startsWith("RETIRING since "),
            line -> assertThat(line).startsWith("STABLE since "));

    admin.authority.reset();
    admin.authority.advanceAtEachLook(Duration.ofHours(3));
    Result json = weft("ca", "rotate", "--wait", "-o", "json");
    assertThat(json.out().lines().toList()).hasSize(1);
    assertThat(json.out()).startsWith("{\"phase\":\"STABLE\"");
    assertThat(json.err()).contains("DISTRIBUTING since ");
  }
}
