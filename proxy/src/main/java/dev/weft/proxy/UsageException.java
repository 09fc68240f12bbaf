package dev.weft.proxy;

/** The command line cannot be meant; the message names the option and what was expected. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
