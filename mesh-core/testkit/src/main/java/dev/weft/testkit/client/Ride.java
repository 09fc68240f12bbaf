package dev.weft.testkit.client;

/**
 * A library that stands on a woven client, as an application uses it; may live in a class loader of
 * its own.
 */
public interface Ride {
  /**
   * Calls {@code /x} of a service: with a POST if there is a body, else with a GET.
   *
   * @param service a URL without a path
   * @return the status and the body of the response, a blank between them
   * @throws Exception what the library says was the cause, if it has no response
   */
  String call(String service, String body) throws Exception;

  /** Whether the library hands bodies to the client whole, so that they can be sent again. */
  default boolean handsBodiesOnWhole() {
    return true;
  }
}
