"""One small invented file of every layout that has a name: each says that ``good`` was preferred to ``bad``."""


def turn(role, text, keys=("role", "content")):
    return dict(zip(keys, (role, text), strict=True))


def talk(answer, keys=("role", "content"), names=("user", "assistant")):
    return [turn(names[0], "q?", keys), turn(names[1], answer, keys)]


def label_studio(selected, person, **more):
    result = [{"type": "pairwise", "to_name": "answer1,answer2", "value": {"selected": selected}}]
    return {"result": result, "completed_by": person, **more}


ARENA = {"model_a": "m", "model_b": "n", "conversation_a": talk("good"), "conversation_b": talk("bad")}
COVAL = {
    "prompt_id": "p",
    "prompt": {"messages": [turn("user", "q?")]},
    "responses": [
        {"response_index": name, "messages": [turn("assistant", text)]}
        for name, text in zip("BA", ("bad", "good"), strict=True)
    ],
    "metadata": {
        "assessments": [
            {"annotator_id": "w1", "ranking_blocks": {"world": [{"ranking": "A>B"}], "personal": [{"ranking": "B>A"}]}},
            {"annotator_id": "w2", "ranking_blocks": {"world": [{"ranking": "A=B"}], "personal": []}},
        ]
    },
}
MESSAGE = {"parent_id": None, "user_id": "writer", "text": "q?", "role": "prompter", "lang": "es", "rank": None}
ANSWERS = [
    {**MESSAGE, "message_id": key, "parent_id": "root", "role": "assistant", "text": text, "rank": rank}
    for key, text, rank in (("x", "bad", 1), ("y", "good", 0))
]
MULTIPREF = {
    "comparison_id": "c", "text": "q?", "completion_a": "good", "completion_b": "bad", "source": "s",
    "normal_worker_annotations": [
        {"evaluator": "n1", "overall_pref": "A-is-clearly-better"}, {"evaluator": "n2", "overall_pref": "Tie"},
    ],
    "expert_worker_annotations": [{"evaluator": "e1", "overall_pref": "A-is-slightly-better"}],
}  # fmt: skip
POST = {"info": {"id": "i", "post": "q?", "title": None, "subreddit": "tea"}, "worker": "w"}
TURNS = {
    f"{turn}_turn_{name}": value
    for turn in ("second", "first")
    for name, value in {
        "prompt": f"{turn}?", "response_a": "bad<|end_of_text|>", "response_b": "good", "response_c": None,
        "preferred_response": "response_b",
    }.items()
}  # fmt: skip
PEOPLE = {"annotator_id": "w", "annotator_country": "india", "annotator_age": "18-34", "assigned_lang": "hi"}

FILES = {
    "trl": {"prompt": [turn("user", "q?")], "chosen": [turn("assistant", "good")],
            "rejected": [turn("assistant", "bad")]},
    "trl, implicit": {"chosen": talk("good"), "rejected": talk("bad")},
    "trl, unpaired": [{"prompt": "q?", "completion": text, "label": text == "good"} for text in ("bad", "good")],
    "hh-rlhf": {"chosen": "\n\nHuman: q?\n\nAssistant: good", "rejected": "\n\nHuman: q?\n\nAssistant: bad"},
    "arena": {**ARENA, "winner": "model_a", "judge": "w"},
    "arena, 100k": {**ARENA, "winner": "model_a", "judge_hash": "w"},
    "arena, 140k": {**ARENA, "winner": "model_a", "evaluation_session_id": "w"},
    "arena, 55k": {"id": 1, "prompt": '["q?"]', "response_a": '["bad"]', "response_b": '["good"]',
                   "winner_model_a": 0, "winner_model_b": 1, "winner_tie": 0},
    "community-alignment": {**PEOPLE, "conversation_id": "c", **TURNS},
    "sharegpt": {"conversations": [turn("human", "q?", ("from", "value"))],
                 "chosen": turn("gpt", "good", ("from", "value")), "rejected": turn("gpt", "bad", ("from", "value"))},
    "helpsteer": [{"prompt": "q?", "response": text, "helpfulness": score, "correctness": 4 - score}
                  for text, score in (("bad", 1), ("good", 3))],
    "helpsteer, preference": [
        {"prompt": "q?", "response_1": "bad", "response_2": "good", "preference_strength": 2, "n": 0},
        {"prompt": "q?", "response_1": "good", "response_2": "bad", "preference_strength": -1, "n": 1}],
    "helpsteer, 3": {"context": [turn("user", "q?")], "response1": "good", "response2": "bad",
                     "overall_preference": -1},
    "label-studio": {"id": 1, "data": {"prompt": "q?", "answer1": "good", "answer2": "bad", "topic": "tea"},
                     "annotations": [label_studio("left", 7), label_studio("left", {"id": 8, "email": "x@y"}),
                                     label_studio("right", 9, was_cancelled=True)]},
    "label-studio, ranker": {
        "id": 1, "data": {"prompt": "q?", "items": [{"id": "i1", "body": "bad"}, {"id": "i2", "body": "good"}]},
        "annotations": [{"completed_by": 7,
                         "result": [{"type": "ranker", "value": {"ranker": {"rank": ["i2", "i1"]}}}]}]},
    "label-studio, flat": {"prompt": "q?", "answer1": "bad", "answer2": "good", "comparison": "right",
                           "annotator": 7, "annotation_id": 1},
    "argilla": {"_server_id": "s", "status": "completed", "prompt": "q?", "response_1": "bad", "response_2": "good",
                "better.responses": ["response_2", "response_1"], "better.responses.users": ["w1", "w2"],
                "better.responses.status": ["submitted", "draft"]},
    "argilla, ranking": {"external_id": "e", "prompt": "q?", "response-1": "good", "response-2": "bad", "order": [
        {"user_id": "w1", "value": {"rank": [2, 1], "value": ["response-2", "response-1"]}, "status": "submitted"},
        {"user_id": "w2", "value": {"rank": [1, 1], "value": ["response-2", "response-1"]}, "status": "submitted"}]},
    "coval": COVAL,
    "multipref": MULTIPREF,
    "pku": {"prompt": "q?", "response_0": "bad", "response_1": "good", "better_response_id": 1,
            "safer_response_id": 0},
    "shp": {"history": "q?", "human_ref_A": "good", "human_ref_B": "bad", "labels": 1},
    "summarize": {**POST, "summaries": [{"text": "bad", "policy": "p"}, {"text": "good", "policy": "r"}], "choice": 1},
    "summarize, axes": [{**POST, "summary": {"text": text, "policy": "p", "axes": {"overall": score}}}
                        for text, score in (("bad", 2), ("good", 6))],
    "oasst": [{**MESSAGE, "message_id": "root"}, *ANSWERS],
    "oasst, tree": {"message_tree_id": "root", "prompt": {**MESSAGE, "message_id": "root", "replies": ANSWERS}},
    "ultrafeedback": {"instruction": "q?", "completions": [
        {"response": text, "overall_score": score, "model": "m"} for text, score in (("bad", 2.0), ("good", 5.0))]},
    "ultrafeedback, binarized": {"prompt": "q?", "chosen": talk("good"), "rejected": talk("bad"), "score_chosen": 9,
                                 "score_rejected": 1},
}  # fmt: skip
