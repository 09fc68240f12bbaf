package dev.weft.policy;

import org.jspecify.annotations.Nullable;

/** Which service: {@code namespace/name} in text. Both are DNS-1123 labels. */
public record ServiceName(String namespace, String name) {
  /** Reads {@code namespace/name}; null if it is nothing of the kind. */
  public static @Nullable ServiceName parse(@Nullable String text) {
    int slash = text == null ? -1 : text.indexOf('/');
    return text == null || slash <= 0 || slash == text.length() - 1
        ? null
        : new ServiceName(text.substring(0, slash), text.substring(slash + 1));
  }

  // Written out, as it is looked up by on the way of every call: what records bring by themselves
  // are method handles, which are slow as long as the JVM is young.

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || other instanceof ServiceName that
            && name.equals(that.name)
            && namespace.equals(that.namespace);
  }

  @Override
  public int hashCode() {
    return 31 * namespace.hashCode() + name.hashCode();
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
