package dev.weft.testkit.client;

import dev.weft.testkit.LibraryLoader;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/**
 * The contract, on several versions of a library, each in a loader of its own. Extended as a
 * parameterized class, whose parameter is the version.
 */
public abstract class AbstractVersionsTest extends AbstractHttpClientTest {
  private final Map<String, ClientUnderTest> clients = new ConcurrentHashMap<>();

  @Parameter protected String version = "";

  /** Uses the library; made once for each version, when its classes are woven as they load. */
  protected abstract Class<? extends ClientUnderTest> user();

  /** The version that {@link #bigClient} is of. */
  protected abstract String newest();

  /** Once, on one JDK: what moves the bytes is the same in all versions and on each. */
  @Override
  @Test
  @Tag("same-on-every-jdk")
  public void bodiesAreNeitherKeptNorCopied() throws Exception {
    Assumptions.assumeTrue(version.equals(newest()), () -> "shown with " + newest());
    super.bodiesAreNeitherKeptNorCopied();
  }

  private ClientUnderTest client() {
    return clients.computeIfAbsent(
        version, of -> LibraryLoader.make(of, ClientUnderTest.class, user()));
  }

  @Override
  public final Reply send(Ask ask) throws Exception {
    return client().send(ask);
  }

  @Override
  public final Pending start(Ask ask) throws Exception {
    return client().start(ask);
  }
}
