// One page of a list by id: which entries, until what is full. Thread rule: one thread.
#pragma once

#include "codec/codec.h"
#include "crypto/digest.h"
#include "rpc/page_budget.h"
#include "rpc/page_cursor.h"

#include <map>
#include <optional>
#include <string>

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

/// A page of a list as of `height`. One without a height goes on at the head, with what was there
/// when it began; its tokens serve no list of a height, and those no other height's. Errors of
/// read_cursor().
template <class Request>
[[nodiscard]] Result<PageAsked> page_asked(ListKind kind,
                                           const Digest& query,
                                           const Request& request,
                                           Height height) {
  const bool is_at = request.at_height() != 0;
  const Digest list =
      is_at ? crypto::Hasher("page-at").raw(query).u64(request.at_height()).finish() : query;
  PageAsked asked{{kind, list, height}, {}, request.page_size()};
  GALEN_TRY(asked.cursor, read_cursor(request.page_token(), asked.place));
  return asked;
}

/// Where a thing stands in a list that is not ordered by plain ids: by `order`, then by as much of
/// its name as there is room for. So of two things that a member puts at one place none hides the
/// other.
[[nodiscard]] inline Digest place_in_list(BytesView order, const Digest& name) {
  codec::Writer w;
  w.raw(order).raw(name);
  return Digest::from(w.view().first(Digest::kSize));
}

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
