package dev.weft.testkit.client;

/**
 * What applications do with a library beyond the contract; may live in a class loader of its own.
 */
public interface Scenes {
  /**
   * Plays one.
   *
   * @return what the test looks at, which may be what was thrown
   */
  Object play(String scene, String url);
}
