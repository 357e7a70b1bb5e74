package org.skep.simulation.flaw;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.skep.simulation.Simulation;
import org.skep.simulation.Workloads;
import org.skep.simulation.cluster.Flaw;

/// The product and the simulation loaded anew, with the bodies of some methods replaced: so bugs
/// can be planted anywhere in the product, and it has no switches for them. Classes are rewritten
/// when they are loaded: the body of a method becomes a call of a static method ([Replacements]),
/// or what a class gets from all calls of a name becomes 0 ([Blindness]).
///
/// Everything of this project and of SLF4J (which finds the simulation's log by service) is loaded
/// by this loader; nothing of it is shared with the tests, so runs are asked for by reflection.
final class Mutant extends ClassLoader {
  private static final List<String> LOADED_ANEW = List.of("org.skep.", "org.slf4j.");

  private final List<Change> changes;

  /// What becomes of a class.
  sealed interface Change {
    /// Which class: its binary name.
    String className();

    /// @throws AssertionError if the class is not any more as the change expects it
    byte[] changed(byte[] bytes);
  }

  /// A class that sees 0 wherever it asks any object for a number by a method of that name.
  record Blindness(String className, String methodName) implements Change {
    @Override
    public byte[] changed(byte[] bytes) {
      AtomicInteger count = new AtomicInteger();
      ClassFile file = ClassFile.of();
      byte[] changed =
          file.transformClass(
              file.parse(bytes),
              ClassTransform.transformingMethodBodies((code, element) -> {
                if (element instanceof InvokeInstruction call && means(call)) {
                  count.incrementAndGet();
                  code.pop().lconst_0();
                } else {
                  code.with(element);
                }
              }));
      if (count.get() == 0) {
        throw new AssertionError("nothing is like " + this + ": what became of it?");
      }
      return changed;
    }

    private boolean means(InvokeInstruction call) {
      return call.name().equalsString(methodName)
          && call.opcode() == Opcode.INVOKEVIRTUAL
          && call.typeSymbol().descriptorString().equals("()J");
    }
  }

  /// A method whose body is replaced.
  ///
  /// @param className whose it is: a binary name
  /// @param body static, with the same parameters (or supertypes), after the object if there is
  ///   one; called instead
  record Replacement(String className, String methodName, Method body) implements Change {

    /// @param in has exactly one method of this name
    static Replacement of(String className, String methodName, Class<?> in) {
      List<Method> bodies =
          Arrays.stream(in.getDeclaredMethods())
              .filter(method -> method.getName().equals(methodName))
              .toList();
      if (bodies.size() != 1) {
        throw new AssertionError(in + " has " + bodies.size() + " methods " + methodName);
      }
      return new Replacement(className, methodName, bodies.getFirst());
    }

    boolean means(ClassElement element) {
      return element instanceof MethodModel method
          && method.methodName().equalsString(methodName)
          && method.methodTypeSymbol().parameterCount() + receivers(method)
              == body.getParameterCount();
    }

    private static int receivers(MethodModel method) {
      return method.flags().has(AccessFlag.STATIC) ? 0 : 1;
    }

    /// Calls the body with all that the method got, and returns what it returns.
    void call(CodeBuilder code) {
      int slot = 0;
      for (Class<?> parameter : body.getParameterTypes()) {
        TypeKind kind = TypeKind.from(parameter);
        code.loadLocal(kind, slot);
        slot += kind.slotSize();
      }
      MethodTypeDesc type =
          MethodTypeDesc.of(
              desc(body.getReturnType()),
              Arrays.stream(body.getParameterTypes()).map(Replacement::desc).toList());
      code.invokestatic(desc(body.getDeclaringClass()), body.getName(), type);
      code.return_(TypeKind.from(body.getReturnType()));
    }

    private static ClassDesc desc(Class<?> type) {
      return ClassDesc.ofDescriptor(type.descriptorString());
    }

    @Override
    public byte[] changed(byte[] bytes) {
      ClassFile file = ClassFile.of();
      ClassModel model = file.parse(bytes);
      long count = model.methods().stream().filter(this::means).count();
      if (count != 1) {
        throw new AssertionError(
            count + " methods are like the replacement of " + this + ": what became of it?");
      }
      return file.transformClass(
          model,
          (type, element) -> {
            if (element instanceof MethodModel method && means(element)) {
              type.transformMethod(
                  method,
                  (builder, part) -> {
                    if (part instanceof CodeModel) {
                      builder.withCode(this::call);
                    } else {
                      builder.with(part);
                    }
                  });
            } else {
              type.with(element);
            }
          });
    }

    @Override
    public String toString() {
      return className + "." + methodName;
    }
  }

  /// @throws AssertionError if the product has no such method (any more)
  Mutant(List<Change> changes) {
    super(Mutant.class.getClassLoader());
    this.changes = List.copyOf(changes);
    for (Change change : changes) {
      try {
        // Now, since in a run it would look like a bug that was found.
        Class<?> _ = loadClass(change.className());
      } catch (ClassNotFoundException e) {
        throw new AssertionError(change + " is not there any more", e);
      }
    }
  }

  /// One run; as [Simulation#run].
  ///
  /// @return what is wrong, or null
  @Nullable String run(Workloads workload, long seed) {
    try {
      Object outcome = simulation().invoke(null, own(workload), seed, noFlaw(), null);
      if (outcome == null) {
        throw new AssertionError("no outcome");
      }
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof AssertionError failure) {
        return failure.getMessage();
      }
      throw new AssertionError("the mutant does not run", e);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the simulation can't be called as it is declared", e);
    }
    return null;
  }

  private Method simulation() throws ReflectiveOperationException {
    return own(Simulation.class)
        .getMethod("run", own(Workloads.class), long.class, own(Flaw.class), Consumer.class);
  }

  private Object own(Workloads workload) throws ReflectiveOperationException {
    return own(Workloads.class).getMethod("valueOf", String.class).invoke(null, workload.name());
  }

  private Object noFlaw() throws ReflectiveOperationException {
    return own(Flaw.class).getField("NONE").get(null);
  }

  private Class<?> own(Class<?> type) throws ClassNotFoundException {
    return loadClass(type.getName());
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (LOADED_ANEW.stream().noneMatch(name::startsWith)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    byte[] bytes = bytes(name);
    for (Change change : changes) {
      if (change.className().equals(name)) {
        bytes = change.changed(bytes);
      }
    }
    return defineClass(name, bytes, 0, bytes.length);
  }

  private byte[] bytes(String name) throws ClassNotFoundException {
    try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }
}
