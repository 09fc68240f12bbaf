package dev.weft.tooling;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import net.bytebuddy.matcher.ElementMatcher;

/**
 * Which methods and constructors of a type are meant, told by what its class file says of them
 * itself. Any host of modules takes it for a matcher like another; ours asks it without Byte
 * Buddy's descriptions of types, of which not one is loaded in an application's process. Immutable.
 */
public final class MethodMatch implements ElementMatcher<MethodDescription> {
  private static final String CONSTRUCTOR = "<init>";
  private static final int ANY_COUNT = -1;

  private final Set<String> names;
  private final int count;
  private final Map<Integer, String> arguments;
  private final boolean onInstances;

  private MethodMatch(
      Set<String> names, int count, Map<Integer, String> arguments, boolean onInstances) {
    this.names = names;
    this.count = count;
    this.arguments = arguments;
    this.onInstances = onInstances;
  }

  /** Methods of one of these names, with whatever arguments. */
  public static MethodMatch method(String... names) {
    return new MethodMatch(Set.of(names), ANY_COUNT, Map.of(), false);
  }

  public static MethodMatch constructor() {
    return method(CONSTRUCTOR);
  }

  /** All code of the type, the initializer of its statics too. */
  public static MethodMatch anyCode() {
    return method();
  }

  /** Those with so many arguments. */
  public MethodMatch taking(int count) {
    return new MethodMatch(names, count, arguments, onInstances);
  }

  /** Those with exactly these arguments; none: those without. */
  public MethodMatch taking(Class<?>... types) {
    MethodMatch match = taking(types.length);
    for (int i = 0; i < types.length; i++) {
      match = match.argument(i, types[i]);
    }
    return match;
  }

  /**
   * Those whose argument of this index, from 0, is of exactly this type. To be used for types of
   * the JDK, which the constant loads.
   */
  public MethodMatch argument(int index, Class<?> type) {
    return argumentOf(index, type.descriptorString());
  }

  /**
   * @param type binary name of a class or interface
   */
  public MethodMatch argument(int index, String type) {
    return argumentOf(index, "L" + type.replace('.', '/') + ";");
  }

  private MethodMatch argumentOf(int index, String descriptor) {
    Map<Integer, String> more = new HashMap<>(arguments);
    more.put(index, descriptor);
    return new MethodMatch(names, count, more, onInstances);
  }

  /** Those that are not static. */
  public MethodMatch onInstances() {
    return new MethodMatch(names, count, arguments, true);
  }

  @Override
  public boolean matches(MethodDescription method) {
    return matches(method.getModifiers(), method.getInternalName(), method.getDescriptor());
  }

  boolean matches(int access, String name, String descriptor) {
    if (!names.isEmpty() && !names.contains(name)) {
      return false;
    }
    if (onInstances && (access & Opcodes.ACC_STATIC) != 0) {
      return false;
    }
    Type[] types = Type.getArgumentTypes(descriptor);
    if (count != ANY_COUNT && count != types.length) {
      return false;
    }
    for (Map.Entry<Integer, String> argument : arguments.entrySet()) {
      int index = argument.getKey();
      if (index >= types.length || !types[index].getDescriptor().equals(argument.getValue())) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return (names.isEmpty() ? "any code" : String.join(" or ", names))
        + (count == ANY_COUNT ? "" : " of " + count + " arguments")
        + (arguments.isEmpty() ? "" : " " + arguments)
        + (onInstances ? ", not static" : "");
  }
}
