package org.skep.cli.status;

import com.google.protobuf.ByteString;
import org.skep.cli.outcome.CommandFailure;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.ListChunksReply;
import org.skep.wire.message.ListChunksRequest;

/// What two storage targets hold of groups that they were members of, before they become a group:
/// the secondary gets what the primary has, and loses the rest.
public final class FormerContents {
  private static final int PAGE = 1000;

  private final GroupConnection targets;

  public FormerContents(GroupConnection targets) {
    this.targets = targets;
  }

  /// @throws CommandFailure if all that the secondary holds would be removed, or that is not known
  public void check(int primary, int secondary) {
    if (holdsAnything(secondary) && !holdsAnything(primary)) {
      throw new CommandFailure(
          "target "
              + secondary
              + " holds chunk files of a former group, and target "
              + primary
              + " holds none: as the secondary it would lose them. If they are wanted, it must be the"
              + " primary (--primary="
              + secondary
              + " --secondary="
              + primary
              + "); --force makes the group as it was asked for");
    }
  }

  /// Whether it holds chunk files of a group that is no more.
  ///
  /// @throws CommandFailure if that is not known
  public boolean holdsAnything(int target) {
    ByteString cursor = ByteString.EMPTY;
    while (true) {
      ListChunksReply page = page(target, cursor);
      if (page.getChunksCount() > 0 || page.getEnd()) {
        return page.getChunksCount() > 0;
      }
      cursor = page.getCursor();
    }
  }

  private ListChunksReply page(int target, ByteString cursor) {
    ListChunksRequest request =
        ListChunksRequest.newBuilder()
            .setCursor(cursor)
            .setCountMax(PAGE)
            .setOfGroups(true)
            .build();
    return switch (targets.askTarget(target, Operations.LIST_CHUNKS, request)) {
      case Answer.Done<ListChunksReply> done -> done.reply();
      case Answer.Refused<ListChunksReply>(Failure failure) ->
          throw new CommandFailure(
              "target "
                  + target
                  + " does not say what it holds of former groups ("
                  + failure.detail()
                  + "): no group was made; --force does without");
    };
  }
}
