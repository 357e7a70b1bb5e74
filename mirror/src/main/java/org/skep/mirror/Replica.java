package org.skep.mirror;

import java.io.IOException;
import org.skep.wire.FrameHeader;
import org.skep.wire.message.TargetReport;

/// What a [GroupMember] holds, and how it is settled between two terms: ranges of chunks, or a
/// shard. Made before its member, which calls it.
///
/// In each life of the process the member's own thread calls, one after the other:
///
/// ```
/// { prepare (again while it throws, or for a newer map)  begins  renewed*  ends }  ends(NOTHING)
/// ```
///
/// Between [#ends] and [#prepare] all turns of the term are closed ([GroupMember#enter]); what
/// holds no turn is ended by [#ends]. All requests are refused (RETRY) from before [#ends] until
/// [#begins] has returned.
public interface Replica {

  /// Settles what the last term left, so that the next one can begin. May block, but not for longer
  /// than a few seconds at a time: only between two calls a newer map is looked at.
  ///
  /// @param before the last term that began: [GroupView#NOTHING] in a process's first one; it may
  ///   be of the same side (alone, of a pair) as the next
  /// @param next may be newer than what [#ends] was told
  /// @return whether the member may serve in the next term; never asked for again in that term
  /// @throws IOException it could not be done: it is tried again after 0.1 s, unless a newer map
  ///   says something else
  boolean prepare(GroupView before, GroupView next) throws IOException, InterruptedException;

  /// [#prepare] has been failing for as long as the buddy may be silent; called again with each
  /// further attempt.
  ///
  /// @param why the last failure
  void cannotPrepare(GroupView next, String why);

  /// The term begins: its first request enters after this has returned, and [GroupMember#view] says
  /// so then. Must not block.
  ///
  /// @param view as it was prepared
  void begins(GroupView view);

  /// The view of the present term is a newer one, without news for the role: the buddy's process,
  /// or its reachability, may be another. Must not block.
  default void renewed(GroupView view) {}

  /// A newer map has ended the term, or the process ends ([GroupView#NOTHING]; the last call, which
  /// comes whether or not a term has begun): nothing is admitted any more. Whatever waits on behalf
  /// of the term is to end. Must not block.
  ///
  /// @param next what the map says
  void ends(GroupView next);

  /// A request from the primary was admitted at this secondary. Called by the request's thread with
  /// the member's gate locked: must not block.
  default void forwarded(FrameHeader header) {}

  /// Whether acknowledged changes may be lost here, and management is to hear it. Any thread may
  /// call it.
  boolean unsure();

  /// Adds to what the next heartbeat says, before [#unsure] is asked for it. By the heartbeat's
  /// thread; must not block for long.
  void report(GroupView view, TargetReport.Builder report);
}
