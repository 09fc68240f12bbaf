package dev.weft.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.TestMesh;
import dev.weft.testkit.Weaver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The contract of every server adapter. Its module extends this once, with a fixture, and adds
 * tests of its own only for what no other library has.
 */
@Timeout(120)
public abstract class AbstractHttpServerTest
    implements ConnectionContract,
        ResumptionContract,
        RequestContract,
        AuthorizationContract,
        TransferContract,
        UnreadContract,
        StrangerContract,
        FaultContract {
  private static final String TABLE = "docs/server-kit.md";

  private final ServerFixture fixture;

  protected AbstractHttpServerTest(ServerFixture fixture) {
    this.fixture = fixture;
  }

  @Override
  public final ServerFixture fixture() {
    return fixture;
  }

  @BeforeEach
  final void forget() {
    TestMesh.get().reset();
  }

  /** A swallowed error of an advice fails the test. */
  @AfterEach
  final void nothingWentWrong() {
    assertThat(Weaver.errors()).isEmpty();
    assertThat(TestMesh.get().faults()).allMatch(fault -> fault == BROKEN);
  }

  /** What the documentation says of this adapter is what its options say. */
  @Test
  final void theTableOfTheDocumentationIsTrue() throws IOException {
    List<String> lines = Files.readAllLines(table());
    int column = -1;
    List<String> said = new ArrayList<>();
    for (String line : lines) {
      List<String> cells = Arrays.stream(line.split("\\|")).map(String::trim).toList();
      if (column < 0) {
        column = cells.indexOf("`" + fixture.options().library() + "`");
      } else if (cells.size() > column) {
        said.add(cells.get(1) + ": " + cells.get(column));
      }
    }
    List<String> expected = new ArrayList<>();
    for (Capability capability : Capability.values()) {
      String reason = fixture.options().reason(capability);
      expected.add(capability.row() + ": " + (reason == null ? "yes" : "no: " + reason));
    }
    assertThat(said).containsAll(expected).hasSize(expected.size() + 1);
  }

  private static Path table() {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve(TABLE))) {
      root = root.getParent();
      if (root == null) {
        throw new IllegalStateException("no " + TABLE + " above " + Path.of("").toAbsolutePath());
      }
    }
    return root.resolve(TABLE);
  }
}
