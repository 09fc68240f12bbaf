package dev.weft.policy;

import java.util.List;
import java.util.Locale;

/**
 * A kind of resource: what it is called, and how its {@code spec} is read. To add one, write its
 * record with a {@code KIND} like {@link PeerAuthentication#KIND} and list it in {@link Kinds}.
 */
public final class Kind {
  /** Reads {@code spec}, reporting what is wrong; what it returns then does not matter. */
  interface SpecParser {
    Object parse(Metadata metadata, FieldReader spec);
  }

  /** Finds what is accepted but probably not meant. */
  interface Reviewer {
    /** One sentence each; empty if all is well. */
    List<String> review(Resource resource, Surroundings surroundings);
  }

  private final String name;
  private final String plural;
  private final List<String> shortNames;
  private final List<String> apiVersions;
  private final boolean nameIsLabel;
  private final SpecParser parser;
  private final Reviewer reviewer;

  Kind(
      String name,
      String plural,
      List<String> shortNames,
      List<String> apiVersions,
      boolean nameIsLabel,
      SpecParser parser,
      Reviewer reviewer) {
    this.name = name;
    this.plural = plural;
    this.shortNames = shortNames;
    this.apiVersions = apiVersions;
    this.nameIsLabel = nameIsLabel;
    this.parser = parser;
    this.reviewer = reviewer;
  }

  /** Such as {@code PeerAuthentication}. */
  public String name() {
    return name;
  }

  /** In lower case, such as {@code peerauthentications}. */
  public String plural() {
    return plural;
  }

  /** As {@code kubectl} abbreviates it, such as {@code pa}. */
  public List<String> shortNames() {
    return shortNames;
  }

  /** Group and version, those accepted; the first is the one that it is stored under. */
  public List<String> apiVersions() {
    return apiVersions;
  }

  boolean nameIsLabel() {
    return nameIsLabel;
  }

  SpecParser parser() {
    return parser;
  }

  Reviewer reviewer() {
    return reviewer;
  }

  /** Whether this word means this kind: its name, plural or a short name, in any letter case. */
  boolean isCalled(String word) {
    String lower = word.toLowerCase(Locale.ROOT);
    return lower.equals(name.toLowerCase(Locale.ROOT))
        || lower.equals(plural)
        || shortNames.contains(lower);
  }

  @Override
  public String toString() {
    return name;
  }
}
