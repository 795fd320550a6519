// One page of a list by id: which entries, until what is full. Thread rule: one thread.
#pragma once

#include "rpc/page_budget.h"
#include "rpc/page_cursor.h"

#include <map>
#include <optional>

namespace galen::rpc {

enum class Visited : std::uint8_t {
  kShown,
  kLeftOut,  ///< the filter or the caller's rights
  kFull,     ///< it does not fit this page
};

/// What a page is made of.
struct PageAsked {
  CursorPlace place;
  std::optional<PageCursor> cursor;
  std::uint32_t size = 0;
};

/// Visits entries from where the cursor stands, in the order of their ids, without those that came
/// after the list began. `visit(id, entry, budget)` says, as a Result<Visited>, what became of it.
/// The token of the next page; empty after the last one. It names the last entry that was shown:
/// one that the caller may not see leaves no trace in it.
template <class Id, class Entry, class Visit>
[[nodiscard]] Result<std::string> fill_page(const std::map<Id, Entry>& entries,
                                            const PageAsked& asked,
                                            Visit&& visit) {
  const Height began = asked.cursor ? asked.cursor->height : asked.place.head;
  auto next = asked.cursor ? entries.upper_bound(id_cast<Id>(asked.cursor->last)) : entries.begin();
  PageBudget budget(asked.size);
  PageCursor cursor{asked.place.list, asked.place.query, began, Digest{}};
  for (; next != entries.end(); ++next) {
    if (next->second.height > began) continue;
    GALEN_TRY(const Visited visited, visit(next->first, next->second, budget));
    if (visited == Visited::kFull) return cursor.encode();
    if (visited == Visited::kShown) cursor.last = id_cast<Digest>(next->first);
  }
  return std::string();
}

}  // namespace galen::rpc
