package dev.weft.tooling;

import dev.weft.tooling.AdviceClass.Parameter;
import dev.weft.tooling.AdviceClass.Part;
import dev.weft.tooling.AdviceClass.Source;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.jspecify.annotations.Nullable;

/**
 * Where everything is in a woven method. Its variables are, in this order:
 *
 * <ol>
 *   <li>{@code this} and the arguments, where the caller put them; advice reads and writes them
 *       here;
 *   <li>what the advice keeps: the variables that its parts share, the result of the part before,
 *       and what the method returned or threw;
 *   <li>if there is a part after the method: a copy of the arguments, and the method's own
 *       variables. The method works on that copy, so that what it does to its arguments does not
 *       change what the part after it sees.
 * </ol>
 *
 * <p>The variables of the advice itself begin where the third group does: when advice runs, nothing
 * of that is in use.
 */
final class Layout {
  private static final Type OBJECT = Type.getObjectType("java/lang/Object");
  private static final Type THROWABLE = Type.getObjectType("java/lang/Throwable");

  /** Which of the advice's variables have a value at some place of the woven method. */
  enum Kept {
    SHARED,
    SHARED_AND_ENTER,
    ALL
  }

  private record Slot(Type type, int index) {}

  private final Shape type;
  private final Shape.Method method;
  private final AdviceClass advice;
  private final FieldTypes fields;
  private final List<Slot> arguments = new ArrayList<>();
  private final Map<String, Slot> shared = new LinkedHashMap<>(); // in the order of their slots
  private final @Nullable Slot enter;
  private final @Nullable Slot returned;
  private final @Nullable Slot thrown;
  private final int end;

  /** Looks fields up in the woven type and in what it extends. */
  interface FieldTypes {
    /** Null: there is none of that name. */
    Shape.@Nullable Field find(String name);
  }

  Layout(Shape type, Shape.Method method, AdviceClass advice, FieldTypes fields) {
    this.type = type;
    this.method = method;
    this.advice = advice;
    this.fields = fields;
    int next = method.isStatic() ? 0 : 1;
    for (Type argument : Type.getArgumentTypes(method.descriptor())) {
      arguments.add(new Slot(argument, next));
      next += argument.getSize();
    }
    for (Map.Entry<String, Type> local : advice.locals().entrySet()) {
      shared.put(local.getKey(), new Slot(local.getValue(), next));
      next += local.getValue().getSize();
    }
    Part before = advice.enter();
    Part after = advice.exit();
    enter = before == null ? null : slot(before.result(), next);
    next += size(enter);
    returned = after == null ? null : slot(Type.getReturnType(method.descriptor()), next);
    next += size(returned);
    thrown = after == null || after.onThrowable() == null ? null : new Slot(THROWABLE, next);
    end = next + size(thrown);
  }

  private static @Nullable Slot slot(Type type, int index) {
    return type == Type.VOID_TYPE ? null : new Slot(type, index);
  }

  private static int size(@Nullable Slot slot) {
    return slot == null ? 0 : slot.type().getSize();
  }

  /** The first variable that neither the caller nor the advice keeps anything in. */
  int end() {
    return end;
  }

  /** Where the method's own variable is. */
  int own(int index) {
    return isThis(index) || advice.exit() == null ? index : index + shift();
  }

  private boolean isThis(int index) {
    return index == 0 && !method.isStatic();
  }

  private int shift() {
    return end - (method.isStatic() ? 0 : 1);
  }

  void copyArguments(MethodVisitor out) {
    for (Slot argument : arguments) {
      out.visitVarInsn(argument.type().getOpcode(Opcodes.ILOAD), argument.index());
      out.visitVarInsn(argument.type().getOpcode(Opcodes.ISTORE), own(argument.index()));
    }
  }

  void clearShared(MethodVisitor out) {
    for (Slot slot : shared.values()) {
      clear(slot, out);
    }
  }

  void clearEnter(MethodVisitor out) {
    clear(enter, out);
  }

  void clearReturned(MethodVisitor out) {
    clear(returned, out);
  }

  void clearThrown(MethodVisitor out) {
    clear(thrown, out);
  }

  private static void clear(@Nullable Slot slot, MethodVisitor out) {
    if (slot != null) {
      pushDefault(slot.type(), out);
      store(slot, out);
    }
  }

  static void pushDefault(Type type, MethodVisitor out) {
    switch (type.getSort()) {
      case Type.VOID -> {}
      case Type.BOOLEAN, Type.BYTE, Type.CHAR, Type.SHORT, Type.INT ->
          out.visitInsn(Opcodes.ICONST_0);
      case Type.LONG -> out.visitInsn(Opcodes.LCONST_0);
      case Type.FLOAT -> out.visitInsn(Opcodes.FCONST_0);
      case Type.DOUBLE -> out.visitInsn(Opcodes.DCONST_0);
      default -> out.visitInsn(Opcodes.ACONST_NULL);
    }
  }

  void storeEnter(MethodVisitor out) {
    store(enter, out);
  }

  void loadEnter(MethodVisitor out) {
    load(enter, out);
  }

  void storeReturned(MethodVisitor out) {
    store(returned, out);
  }

  void loadReturned(MethodVisitor out) {
    load(returned, out);
  }

  void storeThrown(MethodVisitor out) {
    store(thrown, out);
  }

  void loadThrown(MethodVisitor out) {
    load(thrown, out);
  }

  private static void store(@Nullable Slot slot, MethodVisitor out) {
    if (slot != null) {
      out.visitVarInsn(slot.type().getOpcode(Opcodes.ISTORE), slot.index());
    }
  }

  private static void load(@Nullable Slot slot, MethodVisitor out) {
    if (slot != null) {
      out.visitVarInsn(slot.type().getOpcode(Opcodes.ILOAD), slot.index());
    }
  }

  /** Puts what a parameter of advice stands for on the stack, as the advice's type. */
  void load(Parameter parameter, MethodVisitor out) {
    if (parameter.source() == Source.RETURN && returned == null) {
      pushDefault(parameter.type(), out); // what is returned by a method that returns nothing
      return;
    }
    if (parameter.source() == Source.FIELD) {
      Shape.Field field = field(parameter);
      if (!field.isStatic()) {
        out.visitVarInsn(Opcodes.ALOAD, 0);
      }
      out.visitFieldInsn(
          field.isStatic() ? Opcodes.GETSTATIC : Opcodes.GETFIELD,
          type.name(),
          parameter.name(),
          field.type().getDescriptor());
      cast(field.type(), parameter.type(), out);
      return;
    }
    Slot slot = slot(parameter);
    load(slot, out);
    cast(slot.type(), parameter.type(), out);
  }

  /** Takes a value of the advice's type from the stack to where the parameter leads. */
  void store(Parameter parameter, MethodVisitor out) {
    if (parameter.readOnly() || parameter.source() == Source.THIS) {
      throw advice.error("what is read only is written in " + method.name());
    }
    if (parameter.source() == Source.FIELD) {
      Shape.Field field = field(parameter);
      cast(parameter.type(), field.type(), out);
      if (field.isStatic()) {
        out.visitFieldInsn(
            Opcodes.PUTSTATIC, type.name(), parameter.name(), field.type().getDescriptor());
        return;
      }
      out.visitVarInsn(Opcodes.ALOAD, 0);
      if (field.type().getSize() == 1) {
        out.visitInsn(Opcodes.SWAP);
      } else {
        out.visitInsn(Opcodes.DUP_X2);
        out.visitInsn(Opcodes.POP);
      }
      out.visitFieldInsn(
          Opcodes.PUTFIELD, type.name(), parameter.name(), field.type().getDescriptor());
      return;
    }
    Slot slot = slot(parameter);
    cast(parameter.type(), slot.type(), out);
    store(slot, out);
  }

  private Slot slot(Parameter parameter) {
    Slot slot =
        switch (parameter.source()) {
          case THIS -> method.isStatic() ? null : new Slot(Type.getObjectType(type.name()), 0);
          case ARGUMENT ->
              parameter.index() < arguments.size() ? arguments.get(parameter.index()) : null;
          case LOCAL -> shared.get(parameter.name());
          case ENTER -> enter;
          case RETURN -> returned;
          case THROWN -> thrown;
          case FIELD -> null;
        };
    if (slot == null) {
      throw advice.error(
          method.name() + method.descriptor() + " has no " + parameter.source() + " for it");
    }
    return slot;
  }

  private Shape.Field field(Parameter parameter) {
    Shape.Field field = fields.find(parameter.name());
    if (field == null) {
      throw advice.error(type.name() + " has no field " + parameter.name());
    }
    if (method.isStatic() && !field.isStatic()) {
      throw advice.error(
          method.name() + " is static, and the field " + parameter.name() + " is not");
    }
    return field;
  }

  /**
   * The two are not known by more than their names, so what might not be assignable is cast; of
   * what is assignable a cast costs nothing that could be found.
   */
  private void cast(Type from, Type to, MethodVisitor out) {
    if (from.equals(to)) {
      return;
    }
    if (from.getSort() < Type.ARRAY || to.getSort() < Type.ARRAY) {
      throw advice.error(
          "of "
              + method.name()
              + " it wants "
              + to.getClassName()
              + ", not "
              + from.getClassName());
    }
    if (!to.equals(OBJECT)) {
      out.visitTypeInsn(Opcodes.CHECKCAST, to.getInternalName());
    }
  }

  /**
   * What the first two groups of variables hold, for a stack map frame.
   *
   * @param constructed false: in a constructor, before the superclass's one was called
   */
  List<Object> frame(boolean constructed, Kept kept) {
    List<Object> locals = new ArrayList<>();
    if (!method.isStatic()) {
      locals.add(constructed ? type.name() : Opcodes.UNINITIALIZED_THIS);
    }
    addArguments(locals);
    addKept(locals, kept);
    return locals;
  }

  private void addArguments(List<Object> locals) {
    for (Slot argument : arguments) {
      locals.add(inFrame(argument.type()));
    }
  }

  private void addKept(List<Object> locals, Kept kept) {
    for (Slot slot : shared.values()) {
      locals.add(inFrame(slot.type()));
    }
    add(enter, kept != Kept.SHARED, locals);
    add(returned, kept == Kept.ALL, locals);
    add(thrown, kept == Kept.ALL, locals);
  }

  private static void add(@Nullable Slot slot, boolean set, List<Object> locals) {
    if (slot != null && set) {
      locals.add(inFrame(slot.type()));
    } else {
      for (int i = 0; i < size(slot); i++) {
        locals.add(Opcodes.TOP);
      }
    }
  }

  /** A frame of the method's own code, with everything else before its own variables. */
  List<Object> ownFrame(int count, Object @Nullable [] own) {
    List<Object> locals = new ArrayList<>();
    int first = 0;
    if (!method.isStatic()) {
      locals.add(count > 0 && own != null ? own[0] : Opcodes.TOP);
      first = 1;
    }
    if (advice.exit() != null) {
      addArguments(locals);
      addKept(locals, Kept.SHARED_AND_ENTER);
    }
    for (int i = first; i < count && own != null; i++) {
      locals.add(own[i]);
    }
    return locals;
  }

  private static Object inFrame(Type type) {
    return switch (type.getSort()) {
      case Type.BOOLEAN, Type.BYTE, Type.CHAR, Type.SHORT, Type.INT -> Opcodes.INTEGER;
      case Type.LONG -> Opcodes.LONG;
      case Type.FLOAT -> Opcodes.FLOAT;
      case Type.DOUBLE -> Opcodes.DOUBLE;
      default -> type.getInternalName();
    };
  }
}
