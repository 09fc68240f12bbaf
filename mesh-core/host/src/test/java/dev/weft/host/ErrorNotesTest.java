package dev.weft.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ErrorNotesTest {
  /** As libraries keep them. */
  private static final class Stackless extends IOException {
    private static final long serialVersionUID = 1L;

    Stackless() {
      super("closed");
    }

    @Override
    public Throwable fillInStackTrace() {
      return this;
    }
  }

  @BeforeAll
  static void open() {
    ErrorNotes.open(ByteBuddyAgent.install());
  }

  @Test
  void anErrorOfTheCallIsTold_once() {
    IOException error = new IOException("closed");
    ErrorNotes.append(error, "retried 2 times");
    ErrorNotes.append(error, "and again");
    assertThat(error).hasMessage("closed [weft: retried 2 times]");
  }

  @Test
  void oneThatManyMayBeThrown_staysAsItIs() {
    IOException stackless = new Stackless();
    IOException placed = new IOException("closed");
    placed.setStackTrace(
        new StackTraceElement[] {new StackTraceElement("io.netty.Channel", "close", null, -1)});
    for (IOException shared : new IOException[] {stackless, placed}) {
      ErrorNotes.append(shared, "of one call");
      assertThat(shared).hasMessage("closed");
      assertThat(shared.getSuppressed()).isEmpty();
    }
  }
}
