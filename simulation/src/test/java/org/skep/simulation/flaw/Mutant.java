package org.skep.simulation.flaw;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.skep.simulation.Simulation;
import org.skep.simulation.Workloads;
import org.skep.simulation.cluster.Flaw;

/// The product and the simulation loaded anew, with the bodies of some methods replaced: so bugs
/// can be planted anywhere in the product, and it has no switches for them. Bodies are rewritten
/// when a class is loaded, each to a call of a static method ([Replacements]).
///
/// Everything of this project and of SLF4J (which finds the simulation's log by service) is loaded
/// by this loader; nothing of it is shared with the tests, so runs are asked for by reflection.
final class Mutant extends ClassLoader {
  private static final List<String> LOADED_ANEW = List.of("org.skep.", "org.slf4j.");

  private final List<Replacement> replacements;

  /// A method whose body is replaced.
  ///
  /// @param className whose it is: a binary name
  /// @param body static, with the same parameters (or supertypes), after the object if there is
  ///   one; called instead
  record Replacement(String className, String methodName, Method body) {

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
    public String toString() {
      return className + "." + methodName;
    }
  }

  /// @throws AssertionError if the product has no such method (any more)
  Mutant(List<Replacement> replacements) {
    super(Mutant.class.getClassLoader());
    this.replacements = List.copyOf(replacements);
    for (Replacement replacement : replacements) {
      try {
        // Now, since in a run it would look like a bug that was found.
        Class<?> _ = loadClass(replacement.className);
      } catch (ClassNotFoundException e) {
        throw new AssertionError(replacement + " is not there any more", e);
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
    for (Replacement replacement : replacements) {
      if (replacement.className.equals(name)) {
        bytes = replaced(bytes, replacement);
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

  private static byte[] replaced(byte[] bytes, Replacement replacement) {
    ClassFile file = ClassFile.of();
    ClassModel model = file.parse(bytes);
    long count = model.methods().stream().filter(replacement::means).count();
    if (count != 1) {
      throw new AssertionError(
          count + " methods are like the replacement of " + replacement + ": what became of it?");
    }
    return file.transformClass(
        model,
        (type, element) -> {
          if (element instanceof MethodModel method && replacement.means(element)) {
            type.transformMethod(
                method,
                (builder, part) -> {
                  if (part instanceof CodeModel) {
                    builder.withCode(replacement::call);
                  } else {
                    builder.with(part);
                  }
                });
          } else {
            type.with(element);
          }
        });
  }
}
