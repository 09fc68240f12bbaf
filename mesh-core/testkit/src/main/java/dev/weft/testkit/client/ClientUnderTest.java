package dev.weft.testkit.client;

/** A client library, as the kit uses it; may live in a class loader of its own. */
public interface ClientUnderTest {
  /** Sends a request and reads the response whole. Redirects are followed. */
  Reply send(Ask ask) throws Exception;

  /** Sends a request on another thread. */
  Pending start(Ask ask) throws Exception;
}
