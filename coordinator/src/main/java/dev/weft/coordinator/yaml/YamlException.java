package dev.weft.coordinator.yaml;

/** Text that is no YAML, or more of it than we take. The message names line and column. */
public final class YamlException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int document;

  YamlException(int document, String message) {
    super(message);
    this.document = document;
  }

  /** Index of the document in which it is, from 0; empty documents do not count. */
  public int document() {
    return document;
  }
}
