#include "cli/event_verbs.h"
#include "cli/grammar.h"

#include <cstdint>
#include <string>

namespace galen::cli {

namespace {

class EventVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    add_watch();
    add_light();
  }

 private:
  void add_watch() {
    CLI::App* watch = grammar_->verb(&grammar_->top(),
                                     "watch",
                                     "what is committed, one line per event, as it happens",
                                     {"galen watch",
                                      "galen watch --from 1 --kind record-appended --output json",
                                      "galen watch --patient PID --as PRACTITIONER --timeout 60"},
                                     [this] { return run_watch(); });
    watch->add_option("--patient", watch_.patient, "only about this patient");
    Grammar::repeatable(watch, "--kind", watch_.kinds, "only of this kind, repeatable");
    watch->add_option("--from", from_, "first height; default: from now on")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62U));
    watch->add_option("--cursor", watch_.cursor, "go on behind the event that had this cursor");
    watch->add_option("--as", asker_.person, "a person who may see more of the patient");
    watch->add_option("--purpose", asker_.purpose, "his purpose of use")->capture_default_str();
    watch->add_option("--key", asker_.key_file, "his signing key, if he holds it");
    watch->add_flag("--to-head", watch_.to_head, "end at the node's head");
    watch->add_flag("--verify", watch_.verify, "check every block's header and certificate");
    add_ends(watch, watch_.count, watch_.duration_s);
  }

  void add_light() {
    CLI::App* light = grammar_->group("light", "the chain by its certified headers alone");
    CLI::App* follow =
        grammar_->verb(light,
                       "follow",
                       "verifies header after header from genesis on; refuses a fork",
                       {"galen light follow --state head --to-head",
                        "galen light follow --state head --output json"},
                       [this] { return follow_headers(grammar_->common(), follow_); });
    follow->add_option("--state", follow_.state_file, "keeps the trusted head here");
    follow->add_flag("--to-head", follow_.to_head, "end at the node's head");
    add_ends(follow, follow_.count, follow_.duration_s);
  }

  static void add_ends(CLI::App* verb, std::uint64_t& count, std::uint32_t& duration_s) {
    verb->add_option("--count", count, "end after so many lines")->check(CLI::PositiveNumber);
    // In place of the time of one call, which these verbs do not have.
    verb->add_option("--timeout", duration_s, "end after so many seconds; default: never")
        ->check(CLI::PositiveNumber);
  }

  int run_watch() {
    if (from_ != 0) watch_.from = from_;
    // A key alone is the patient's own.
    if (asker_.person.empty() && !asker_.key_file.empty()) asker_.person = watch_.patient;
    if (!asker_.person.empty()) watch_.asker = asker_;
    return watch_events(grammar_->common(), watch_);
  }

  Grammar* grammar_ = nullptr;
  client::WatchOptions watch_;
  client::FollowOptions follow_;
  client::Asker asker_;
  std::uint64_t from_ = 0;
};

}  // namespace

void add_event_verbs(Grammar& grammar) {
  grammar.keep<EventVerbs>().bind(grammar);
}

}  // namespace galen::cli
