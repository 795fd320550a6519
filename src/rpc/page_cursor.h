// Where a list goes on: a page token. It names the list it belongs to, the height the list began at
// and the last id it gave. Lists are ordered by id and leave out what was added above that height,
// so blocks that commit meanwhile neither skip nor repeat an entry that was there throughout.
// docs/formats.md "Page tokens". Thread rule: pure functions.
#pragma once

#include "base/ids.h"
#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace galen::rpc {

enum class ListKind : std::uint8_t {
  kGrants = 1,
  kRecords = 2,
  kGroups = 3,
  kDeclarations = 4,
  kJournals = 5,
};

struct PageCursor {
  ListKind list = ListKind::kGrants;
  Digest query;  ///< of what was asked: subject and filter
  Height height;
  Digest last;

  [[nodiscard]] std::string encode() const;
};

/// The list and the head that a token is read for.
struct CursorPlace {
  ListKind list = ListKind::kGrants;
  Digest query;
  Height head;
};

/// nullopt for the first page. kInvalidArgument for bytes that are no token, or one of another
/// list; kUnavailable when this node has not come to the height where the list began.
[[nodiscard]] Result<std::optional<PageCursor>> read_cursor(std::string_view token,
                                                            const CursorPlace& place);

}  // namespace galen::rpc
