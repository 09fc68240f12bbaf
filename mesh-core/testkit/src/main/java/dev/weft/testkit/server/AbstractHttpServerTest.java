package dev.weft.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.TestMesh;
import dev.weft.testkit.Weaver;
import java.io.IOException;
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
        ContextContract,
        StrangerContract,
        FaultContract {
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
    fixture.options().assertDocumentedIn("docs/server-kit.md");
  }
}
