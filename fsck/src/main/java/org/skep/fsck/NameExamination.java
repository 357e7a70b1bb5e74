package org.skep.fsck;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.wire.message.EntryKey;
import org.skep.wire.message.ExaminedEntry;
import org.skep.wire.message.ExaminedInode;
import org.skep.wire.message.RecordDamage;

/// Looks again at inodes whose names seem wrong, as long as it takes to see each at rest:
///
/// 1. the inode, under its lock;
/// 2. all entries of all shards that lead to it;
/// 3. each entry found, under its directory's lock;
/// 4. the inode once more: every change of its names makes it another version.
///
/// If nothing was in between, and no prepared change is about its names, then the names that were
/// found are all names it had at one moment. An inode that is missing stays so, since ids are never
/// used again.
final class NameExamination {
  private static final int ATTEMPTS = 6;
  private static final long PAUSE_NANOS = 500_000_000L;
  private static final int TYPE_SHIFT = 12;
  private static final int TYPE_DIRECTORY = 4;

  private final Servers servers;
  private final Report report;
  private final Names names;
  private final LostAndFound lost;

  NameExamination(Servers servers, Report report, Names names, LostAndFound lost) {
    this.servers = servers;
    this.report = report;
    this.names = names;
    this.lost = lost;
  }

  /// What is known for certain of one inode.
  private record Verdict(long inode, ExaminedInode state, List<Names.Name> names) {
    private int type() {
      return state.getSummary().getMode() >>> TYPE_SHIFT;
    }

    private boolean isDirectory() {
      return type() == TYPE_DIRECTORY;
    }
  }

  void examine(Set<Long> suspects) throws NoAnswerException, InterruptedException {
    for (List<Long> piece : NamePhase.pieces(suspects)) {
      examine(piece);
    }
  }

  private void examine(List<Long> inodes) throws NoAnswerException, InterruptedException {
    Set<Long> open = new TreeSet<>(inodes);
    List<Verdict> verdicts = new ArrayList<>();
    for (int attempt = 0; attempt < ATTEMPTS && !open.isEmpty(); attempt++) {
      if (attempt > 0) {
        servers.pause(PAUSE_NANOS << attempt);
      }
      look(open, verdicts);
    }
    if (!open.isEmpty()) {
      report.gap(
          "names of %d inodes, which are locked or change all the time, for example %s"
              .formatted(open.size(), Ids.text(open.iterator().next())));
    }
    settle(verdicts);
  }

  private void look(Set<Long> open, List<Verdict> verdicts) throws NoAnswerException {
    Map<Long, ExaminedInode> before = servers.examine(open);
    Names.Found found = names.find(open);
    Certain certain = certain(found);
    Map<Long, ExaminedInode> after = servers.examine(open);
    before.forEach((inode, state) -> {
      ExaminedInode now = after.getOrDefault(inode, ExaminedInode.getDefaultInstance());
      boolean atRest =
          !state.getBusy()
              && !now.getBusy()
              && state.getExists() == now.getExists()
              && state.getVersion() == now.getVersion()
              && !certain.unclear.contains(inode)
              && !found.unsettled().contains(inode);
      if (atRest) {
        open.remove(inode);
        verdicts.add(new Verdict(inode, now, certain.of(inode)));
      }
    });
  }

  /// The entries that are still there.
  ///
  /// @param unclear inodes with an entry whose directory is locked
  private record Certain(Map<Long, List<Names.Name>> names, Set<Long> unclear) {
    private List<Names.Name> of(long inode) {
      return names.getOrDefault(inode, List.of());
    }
  }

  private Certain certain(Names.Found found) throws NoAnswerException {
    Map<EntryKey, Long> leadsTo = new LinkedHashMap<>();
    found.names().forEach((inode, some) -> some.forEach(name -> leadsTo.put(name.key(), inode)));
    Certain certain = new Certain(new TreeMap<>(), new TreeSet<>());
    List<EntryKey> keys = new ArrayList<>(leadsTo.keySet());
    for (int at = 0; at < keys.size(); at += Servers.EXAMINED_MAX) {
      List<EntryKey> some = keys.subList(at, Math.min(keys.size(), at + Servers.EXAMINED_MAX));
      Map<EntryKey, ExaminedEntry> states = servers.examineEntries(some);
      states.forEach((key, state) -> {
        long inode = leadsTo.getOrDefault(key, 0L);
        if (state.getBusy()) {
          certain.unclear.add(inode);
        } else if (state.getExists() && state.getInode() == inode) {
          certain
              .names
              .computeIfAbsent(inode, _ -> new ArrayList<>())
              .add(new Names.Name(key.getParent(), key.getName(), state.getType()));
        }
      });
    }
    return certain;
  }

  // --- what it means ----------------------------------------------------------------------------

  /// A damage that is certain.
  ///
  /// @param record what a shard is to repair, at its inode's shard; null: it is given a name, or
  ///   can't be repaired
  private record Case(
      Damage damage,
      Verdict verdict,
      String text,
      @Nullable RecordDamage record,
      Names.@Nullable Name name) {}

  private void settle(List<Verdict> verdicts) throws NoAnswerException {
    List<Case> cases = new ArrayList<>();
    verdicts.forEach(verdict -> judge(verdict, cases));
    if (cases.isEmpty()) {
      return;
    }
    Set<Long> directories = new TreeSet<>();
    cases.forEach(one -> {
      one.verdict.names.forEach(name -> directories.add(name.directory()));
    });
    names.learn(directories);
    Map<Damage, List<Case>> byKind = new TreeMap<>();
    cases.forEach(one -> byKind.computeIfAbsent(one.damage, _ -> new ArrayList<>()).add(one));
    for (Map.Entry<Damage, List<Case>> some : byKind.entrySet()) {
      boolean repair = report.mayRepair(some.getKey(), some.getValue().size());
      for (Case one : some.getValue()) {
        settle(one, repair);
      }
    }
  }

  private void judge(Verdict verdict, List<Case> cases) {
    long root = servers.map().rootInode();
    if (!verdict.state.getExists()) {
      for (Names.Name name : verdict.names) {
        cases.add(
            entryCase(
                Damage.ENTRY_WITHOUT_INODE,
                RecordDamage.Kind.ENTRY_WITHOUT_INODE,
                verdict,
                name,
                "leads to inode " + Ids.text(verdict.inode) + ", which is missing"));
      }
      return;
    }
    for (Names.Name name : verdict.names) {
      if (name.type() != verdict.type()) {
        cases.add(
            entryCase(
                Damage.WRONG_ENTRY_TYPE,
                RecordDamage.Kind.WRONG_ENTRY_TYPE,
                verdict,
                name,
                "has type " + name.type() + ", its inode has type " + verdict.type()));
      }
    }
    if (verdict.isDirectory()) {
      judgeDirectory(verdict, root, cases);
    } else {
      judgeFile(verdict, cases);
    }
  }

  private static Case entryCase(
      Damage damage, RecordDamage.Kind kind, Verdict verdict, Names.Name name, String text) {
    RecordDamage record =
        RecordDamage.newBuilder()
            .setKind(kind)
            .setInode(name.directory())
            .setName(name.name())
            .setOther(verdict.inode)
            .setNumber(verdict.type())
            .build();
    return new Case(damage, verdict, text, record, name);
  }

  private static void judgeFile(Verdict verdict, List<Case> cases) {
    int links = verdict.state.getSummary().getLinks();
    int count = verdict.names.size();
    if (links == count) {
      return;
    }
    if (count == 0) {
      cases.add(
          new Case(
              Damage.INODE_WITHOUT_ENTRY,
              verdict,
              "counts " + links + " links, but no entry leads to it",
              null,
              null));
      return;
    }
    RecordDamage record =
        RecordDamage.newBuilder()
            .setKind(RecordDamage.Kind.WRONG_LINKS)
            .setInode(verdict.inode)
            .setNumber(count)
            .setRecorded(links)
            .setVersion(verdict.state.getVersion())
            .build();
    cases.add(
        new Case(
            Damage.WRONG_LINKS,
            verdict,
            "counts " + links + " links, has " + count,
            record,
            verdict.names.getFirst()));
  }

  private static void judgeDirectory(Verdict verdict, long root, List<Case> cases) {
    long parent = verdict.state.getSummary().getParent();
    boolean isRoot = verdict.inode == root;
    if (verdict.names.isEmpty()) {
      if (!isRoot) {
        cases.add(
            new Case(
                Damage.INODE_WITHOUT_ENTRY,
                verdict,
                "is a directory to which no entry leads",
                null,
                null));
      }
      return;
    }
    boolean fits = isRoot || verdict.names.stream().anyMatch(name -> name.directory() == parent);
    if (!fits) {
      judgeParent(verdict, parent, cases);
      return;
    }
    boolean kept = isRoot;
    for (Names.Name name : verdict.names) {
      if (!kept && name.directory() == parent) {
        kept = true;
        continue;
      }
      Case surplus =
          entryCase(
              Damage.SURPLUS_NAME,
              RecordDamage.Kind.SURPLUS_NAME,
              verdict,
              name,
              "is a second entry of directory " + Ids.text(verdict.inode));
      // Two in the same parent: which of them is right is not known.
      cases.add(
          name.directory() == parent
              ? new Case(surplus.damage, verdict, surplus.text, null, name)
              : surplus);
    }
  }

  private static void judgeParent(Verdict verdict, long parent, List<Case> cases) {
    Names.Name only = verdict.names.getFirst();
    RecordDamage record =
        RecordDamage.newBuilder()
            .setKind(RecordDamage.Kind.WRONG_PARENT)
            .setInode(verdict.inode)
            .setOther(only.directory())
            .setVersion(verdict.state.getVersion())
            .build();
    String text =
        "has inode %s as its parent, its entry is in %s"
            .formatted(Ids.text(parent), Ids.text(only.directory()));
    cases.add(
        new Case(
            Damage.WRONG_PARENT,
            verdict,
            verdict.names.size() == 1 ? text : text + " and elsewhere",
            verdict.names.size() == 1 ? record : null,
            only));
  }

  private void settle(Case one, boolean repair) throws NoAnswerException {
    String where = one.name == null ? "inode " + Ids.text(one.verdict.inode) : names.path(one.name);
    boolean adopt = one.damage == Damage.INODE_WITHOUT_ENTRY;
    if (!repair || (one.record == null && !adopt)) {
      String why =
          one.record == null && !adopt
              ? "which one is right is not known"
              : report.whyLeft(one.damage);
      report.add(Finding.left(one.damage, where, one.text, why));
    } else if (adopt) {
      adopt(one, where);
    } else {
      repair(one, where);
    }
  }

  private void repair(Case one, String where) throws NoAnswerException {
    RecordDamage record = one.record;
    if (record == null) {
      throw new IllegalStateException("nothing to repair at " + where);
    }
    try {
      RecordPhase.repair(servers, report, Ids.shardOf(record.getInode()), record, where, one.text);
    } catch (NoAnswerException e) {
      report.add(Finding.left(one.damage, where, one.text, "not repaired: " + e.reason()));
    }
  }

  private void adopt(Case one, String where) {
    try {
      String path = lost.adopt(one.verdict.inode, one.verdict.state.getVersion());
      report.add(Finding.repaired(one.damage, where, one.text, "is now " + path));
    } catch (NoAnswerException e) {
      report.add(Finding.left(one.damage, where, one.text, "not repaired: " + e.reason()));
    }
  }
}
