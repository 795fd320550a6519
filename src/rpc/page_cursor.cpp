#include "rpc/page_cursor.h"

#include "codec/codec.h"

namespace galen::rpc {

namespace {

constexpr std::uint16_t kVersion = 1;

bool is_list(ListKind kind) {
  return kind >= ListKind::kGrants && kind <= ListKind::kJournals;
}

}  // namespace

std::string PageCursor::encode() const {
  codec::Writer w;
  w.u16(kVersion).enumeration(list).raw(query).counter(height).raw(last);
  return to_string(std::move(w).take());
}

Result<std::optional<PageCursor>> read_cursor(std::string_view token, const CursorPlace& place) {
  if (token.empty()) return std::optional<PageCursor>();
  codec::Reader r(as_bytes(token), "page_token");
  if (const auto version = r.u16(); !r.failed() && version != kVersion) {
    r.fail_with("unknown version");
  }
  PageCursor cursor;
  cursor.list = r.enumeration<ListKind>(is_list);
  cursor.query = r.fixed<Digest>();
  cursor.height = r.counter<Height>();
  cursor.last = r.fixed<Digest>();
  if (const Status read = r.finish(); !read) {
    return fail(ErrorCode::kInvalidArgument, read.error().message);
  }
  if (cursor.list != place.list || cursor.query != place.query) {
    return fail(ErrorCode::kInvalidArgument, "page_token: of another list");
  }
  if (cursor.height > place.head) {
    return fail(ErrorCode::kUnavailable, "page_token: this node is behind the list; try another");
  }
  return std::optional(cursor);
}

}  // namespace galen::rpc
