#include "rpc/group_queries.h"

#include "modules/groups/groups.h"
#include "rpc/list_page.h"
#include "rpc/wire.h"

namespace galen::rpc {

Status list_groups(Backend& backend,
                   const Caller& /*caller*/,
                   const v1::ListGroupsRequest& request,
                   v1::ListGroupsResponse& response) {
  const auto snapshot = backend.ledger().snapshot();
  const Height head = snapshot->head().height();
  PageAsked asked{{ListKind::kGroups, Digest{}, head}, {}, request.page_size()};
  GALEN_TRY(asked.cursor, read_cursor(request.page_token(), asked.place));
  // A group that changes goes on under its id: its height says nothing about when it was defined.
  if (asked.cursor) asked.cursor->height = head;
  const auto visit = [&](const AccountId& id,
                         const groups::GroupEntry& group,
                         PageBudget& budget) -> Result<Visited> {
    const Bytes bytes = group.encode();
    if (!budget.take(bytes.size())) return Visited::kFull;
    response.add_ids(wire(id));
    response.add_entries(wire(bytes));
    return Visited::kShown;
  };
  GALEN_TRY(*response.mutable_page_token(),
            fill_page(groups::list_groups(*snapshot), asked, visit));
  response.set_height(head.value);
  return {};
}

}  // namespace galen::rpc
