#include "cli/answer.h"
#include "cli/emergency_text.h"
#include "cli/grammar.h"
#include "cli/human_text.h"
#include "cli/json_text.h"

#include <cstdint>
#include <optional>
#include <string>

namespace galen::cli {

namespace {

using client::Client;

/// Opens the client, makes one call, prints its result.
template <class Call, class Human>
int answer(const CommonOptions& common, Call&& call, Human&& human) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  const auto result = call(*opened);
  if (!result) return report(result.failure());
  return print(common.json ? json::text(*result) + "\n" : human(*result));
}

int print_anchored(const CommonOptions& common,
                   client::Outcome<client::AnchorReport> (Client::*run)()) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  const auto result = ((*opened).*run)();
  if (!result) return report(result.failure());
  const int printed = print(common.json ? json::text(*result) + "\n" : human::text(*result));
  if (printed != 0 || result->problems.empty()) return printed;
  return report({client::FailureKind::kRejected,
                 "the ledger refused a part",
                 result->problems.front(),
                 "see docs/operations.md, Emergencies"});
}

class EmergencyVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    CLI::App* emergency =
        grammar.group("emergency", "break-glass: declare, review, bring to the chain");
    add_declare(emergency);
    add_review(emergency);
    add_lists(emergency);
    add_pending(emergency);
    add_anchor(emergency);
  }

 private:
  void add_declare(CLI::App* emergency) {
    CLI::App* verb =
        grammar_->verb(emergency,
                       "declare",
                       "declares an emergency of a privileged person; it will be reviewed",
                       {"galen emergency declare --patient PID --reason life-threatening --for 2h"},
                       [this] {
                         return answer(
                             grammar_->common(),
                             [this](Client& client) { return client.declare_emergency(declare_); },
                             [](const auto& declared) { return human::text(declared); });
                       });
    verb->add_option("--patient", declare_.patient, "patient id")->required();
    verb->add_option("--reason",
                     declare_.reason,
                     "life-threatening unable-to-consent urgent-treatment disaster other")
        ->required();
    Grammar::repeatable(verb, "--record", declare_.records, "only this record, repeatable");
    verb->add_option("--for", declare_.duration, "how long, e.g. 30m or 2h; at most 4h")
        ->capture_default_str();
    verb->add_option("--as", declare_.person, "practitioner; default: the only one")
        ->type_name("ID");
    verb->add_option("--key", declare_.key_file, "signing key of that person (PEM)");
  }

  void add_review(CLI::App* emergency) {
    CLI::App* verb =
        grammar_->verb(emergency,
                       "review",
                       "reviews a declaration, by a person of another role",
                       {"galen emergency review DECLARATION --outcome justified --as OFFICER"},
                       [this] {
                         return answer(
                             grammar_->common(),
                             [this](Client& client) { return client.review_emergency(review_); },
                             [](const auto& committed) { return human::text(committed); });
                       });
    verb->add_option("declaration", review_.declaration, "declaration id")
        ->required()
        ->type_name("DECLARATION");
    verb->add_option("--outcome", review_.outcome, "justified unjustified inconclusive")
        ->required();
    verb->add_option("--as", review_.person, "who reviews; default: the only practitioner")
        ->type_name("ID");
    verb->add_option("--patient", review_.patient, "patient id; needed by a custodian");
    verb->add_option("--key", review_.key_file, "signing key of that person (PEM)");
  }

  void add_lists(CLI::App* emergency) {
    CLI::App* list = grammar_->verb(
        emergency,
        "list",
        "declarations that wait for review; with --patient all of one patient",
        {"galen emergency list", "galen emergency list --patient PID --unreviewed"},
        [this] {
          return answer(
              grammar_->common(),
              [this](Client& client) { return listed(client); },
              [this](const auto& found) { return human::text(found, grammar_->common().full); });
        });
    list->add_option("--patient", list_.patient, "patient id, for his custodian and himself");
    Grammar::as_patient(list, list_.as, list_.key_file);
    list->add_flag("--unreviewed", unreviewed_, "only those that wait");
    list->add_option(
            "--at", list_.at, "of a patient, as it was right after the block of this height")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62U));
    add_journals(emergency);
  }

  void add_journals(CLI::App* emergency) {
    CLI::App* journals = grammar_->verb(
        emergency,
        "journals",
        "journals of all members: heads, losses, receipts that do not fit",
        {"galen emergency journals", "galen emergency journals --organisation hospital-2"},
        [this] {
          return answer(
              grammar_->common(),
              [this](Client& client) { return client.list_journals(organisation_); },
              [](const auto& found) { return human::text(found); });
        });
    journals->add_option("--organisation", organisation_, "of this member's node alone");
  }

  void add_pending(CLI::App* emergency) {
    CLI::App* pending = grammar_->verb(
        emergency,
        "pending",
        "what the own node released or refused in emergencies and no log has yet, also while it is "
        "cut off; the event stream tells of it once 'galen emergency anchor' has brought it there",
        {"galen emergency pending", "galen emergency pending --from 51 --output json"},
        [this] {
          return answer(
              grammar_->common(),
              [this](Client& client) { return client.pending_emergencies(from_); },
              [this](const auto& found) { return human::text(found, grammar_->common().full); });
        });
    pending->add_option("--from", from_, "from this entry of the journal on; default: the first")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62U))
        ->type_name("NUMBER");
  }

  void add_anchor(CLI::App* emergency) {
    grammar_->verb(
        emergency,
        "anchor",
        "brings the own node's journal, declarations and receipts to the chain",
        {"galen emergency anchor"},
        [this] { return print_anchored(grammar_->common(), &Client::anchor_emergencies); });
    CLI::App* receipts = emergency->add_subcommand("receipts", "receipts of emergency releases");
    receipts->require_subcommand(1);
    receipts->fallthrough();
    grammar_->verb(receipts,
                   "anchor",
                   "brings declarations and receipts kept beside the profile to the chain",
                   {"galen emergency receipts anchor"},
                   [this] { return print_anchored(grammar_->common(), &Client::anchor_receipts); });
  }

  client::Outcome<client::DeclarationList> listed(Client& client) {
    auto found = client.list_declarations(list_);
    if (found && unreviewed_) {
      std::erase_if(found->declarations, [](const auto& view) { return !view.outcome.empty(); });
    }
    return found;
  }

  Grammar* grammar_ = nullptr;
  client::DeclareOptions declare_;
  client::ReviewOptions review_;
  client::ListDeclarationsOptions list_;
  std::optional<std::string> organisation_;
  bool unreviewed_ = false;
  std::uint64_t from_ = 0;
};

}  // namespace

void add_emergency_verbs(Grammar& grammar) {
  grammar.keep<EmergencyVerbs>().bind(grammar);
}

}  // namespace galen::cli
