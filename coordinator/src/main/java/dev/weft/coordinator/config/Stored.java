package dev.weft.coordinator.config;

import dev.weft.policy.InvalidResourceException;
import dev.weft.policy.Kinds;
import dev.weft.policy.Resource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One resource as it is stored.
 *
 * @param id {@code Kind/namespace/name}
 * @param etag SHA-256 of its canonical JSON, in hexadecimal; the name of its blob
 * @param tree the whole resource; unmodifiable
 * @param resource the same, read; null if this version does not understand what a newer one stored
 */
public record Stored(
    String id, String etag, Map<String, Object> tree, @Nullable Resource resource) {

  static Stored of(String id, String etag, Map<String, Object> tree) {
    try {
      Resource resource = Kinds.parse(tree, Resource.DEFAULT_NAMESPACE);
      return new Stored(id, etag, resource.tree(), resource);
    } catch (InvalidResourceException e) {
      return new Stored(id, etag, tree, null);
    }
  }
}
