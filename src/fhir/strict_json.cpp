#include "fhir/strict_json.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace galen::fhir {

namespace {

/// Builds the tree event by event, so that hostile input ends where it breaks a rule.
class TreeBuilder : public nlohmann::json_sax<Json> {
 public:
  TreeBuilder(std::string root, const JsonLimits& limits)
      : root_(std::move(root)), limits_(limits) {}

  bool null() override { return put(nullptr); }

  bool boolean(bool value) override { return put(value); }

  bool number_integer(number_integer_t value) override { return put(value); }

  bool number_unsigned(number_unsigned_t value) override { return put(value); }

  bool number_float(number_float_t value, const string_t& /*text*/) override { return put(value); }

  bool string(string_t& value) override { return put(std::move(value)); }

  bool binary(binary_t& /*value*/) override { return stop(ErrorCode::kMalformed, "not JSON"); }

  bool start_object(std::size_t /*elements*/) override { return open(Json::object()); }

  bool start_array(std::size_t /*elements*/) override { return open(Json::array()); }

  bool end_object() override { return close(); }

  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    Frame& frame = open_.back();
    frame.key = std::move(name);
    if (!frame.value.contains(frame.key)) return true;
    return stop(ErrorCode::kMalformed, path() + ": given twice");
  }

  bool parse_error(std::size_t byte,
                   const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return stop(ErrorCode::kMalformed, "not JSON at byte " + std::to_string(byte));
  }

  [[nodiscard]] Result<Json> result(bool parsed) && {
    if (parsed && status_) return std::move(tree_);
    if (status_) return fail(ErrorCode::kMalformed, "not JSON");
    return tl::unexpected(status_.error());
  }

 private:
  struct Frame {
    Json value;
    std::string key;
  };

  bool stop(ErrorCode code, std::string why) {
    if (status_) status_ = fail(code, std::move(why));
    return false;
  }

  /// Where the next value goes.
  [[nodiscard]] std::string path() const {
    std::string text = root_;
    for (const Frame& frame : open_) {
      text += frame.value.is_array() ? "[" + std::to_string(frame.value.size()) + "]"
                                     : "." + printable(frame.key);
    }
    return text;
  }

  bool count() {
    if (++values_ <= limits_.max_values) return true;
    return stop(ErrorCode::kTooLarge,
                path() + ": more than " + std::to_string(limits_.max_values) + " values");
  }

  bool put(Json value) {
    if (!count()) return false;
    attach(std::move(value));
    return true;
  }

  void attach(Json value) {
    if (open_.empty()) {
      tree_ = std::move(value);
    } else if (open_.back().value.is_array()) {
      open_.back().value.push_back(std::move(value));
    } else {
      open_.back().value[open_.back().key] = std::move(value);
    }
  }

  bool open(Json empty) {
    if (!count()) return false;
    if (open_.size() >= limits_.max_depth) {
      return stop(ErrorCode::kTooLarge,
                  path() + ": nested deeper than " + std::to_string(limits_.max_depth));
    }
    open_.push_back({std::move(empty), {}});
    return true;
  }

  bool close() {
    Json done = std::move(open_.back().value);
    open_.pop_back();
    attach(std::move(done));
    return true;
  }

  std::string root_;
  const JsonLimits& limits_;
  std::vector<Frame> open_;
  Json tree_;
  std::size_t values_ = 0;
  Status status_;
};

}  // namespace

Result<Json> parse_strict(std::string_view text,
                          const std::string& root,
                          const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return fail(
        ErrorCode::kTooLarge,
        std::to_string(text.size()) + " bytes, the limit is " + std::to_string(limits.max_bytes));
  }
  TreeBuilder builder(root, limits);
  const bool parsed = Json::sax_parse(text, &builder);
  return std::move(builder).result(parsed);
}

std::string printable(std::string_view text) {
  constexpr std::size_t kMost = 64;
  std::string out;
  for (const char c : text.substr(0, kMost)) out += c >= ' ' && c <= '~' ? c : '?';
  return text.size() > kMost ? out + "..." : out;
}

}  // namespace galen::fhir
