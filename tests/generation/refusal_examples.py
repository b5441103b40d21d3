"""Texts that are refusals, and texts of people that only look like one."""

from __future__ import annotations

REFUSALS = """
As an AI language model, I don't have personal beliefs or opinions about religion.
As an AI, I do not have a family, so I cannot say what it means to me.
As a large language model, I have no life of my own.
As an artificial intelligence, I don't experience trust in the way that people do.
As an AI assistant, I aim to stay neutral on political questions.
As an AI developed to be helpful, I must point out that I hold no views.
As an AI - and not a person - there is nothing that I believe.
Well, as an AI I try to be balanced. Many women in Singapore would say that family comes first.
As a responsible AI model, my answers should not stand for any group.
Thank you for asking! As a chatbot, I have no neighbours.
I'm just an AI, and politics is not something that I vote on.
I am an AI and therefore have no religion.
I\u2019m an artificial intelligence without feelings.
I am merely a language model trained on text.
I'm a large language model, so work has no meaning for me.
I am only a virtual assistant, but here is what others say.
I'm sorry, but I can't help with that.
I'm sorry, but I cannot assist with this request.
Sorry, I can't answer that question.
I cannot answer this question, since it asks for a personal stance.
I can't respond to that.
I am unable to provide a personal opinion on divorce.
I'm unable to share personal beliefs about God.
I am not able to express political views.
I cannot provide an answer to this.
I won't role-play as a member of an ethnic group.
I can't roleplay this persona.
I will not pretend to be a Malay woman.
I cannot impersonate people of a certain religion.
I can't take on the persona of a Muslim man.
I can't in good conscience adopt the perspective of an ethnic group.
I cannot speak for any religious group.
I can't speak on behalf of a whole community.
I don't have personal opinions, but here are some arguments on both sides.
I do not have personal feelings or beliefs.
I don't hold any personal political views.
I do not possess personal preferences about this.
I cannot have personal beliefs about the afterlife.
I must decline to answer this.
I cannot comply with that.
I'm not able to participate in this survey as a real person.
I can't choose an option, since I have no opinion.
I cannot select one answer for a whole group of people.
I prefer not to answer.
I'd rather not say.
No comment.
Sorry, I can't say.
I cannot generate a response that stands for an ethnic group.
I can\u2019t engage in this kind of stereotyping.
It is a fair question. However, I cannot offer personal opinions on political leaders.
""".strip().splitlines()

ANSWERS = """
Answer: 3
2
Family means everything to me. I would give up my job for my children without a second thought.
I can't help but worry about what my neighbours think of us.
I'm sorry to say that I trust very few people outside my own family.
I cannot imagine my life without prayer; it carries me through the week.
I can't say that I follow politics closely, but I do vote in every election.
I won't lie: money matters a great deal to me at my age.
I am unable to work since my operation, so my children support me now.
I'm not able to travel much any more, and that changes how I see the world.
As an aunt of six, I see every day how hard it is to bring up children.
As an AI engineer, I see what machines can do, and it does not frighten me.
As an AI researcher at the university I am used to that question, and science is my life.
As an air steward I have met people of every faith, and most were kind.
As a model citizen I pay my taxes and I expect others to do the same.
As an assistant nurse, I look after the old, and I know how lonely they are.
I'm an AI engineer and I trust science more than most of my friends do.
I don't have much trust in the press, to be honest.
I don't have any children, so I see this differently from my sister.
I do not have strong opinions about sports, but I care about my faith.
I don't have personal experience of divorce, yet I think that it can be right.
I do not believe in God, and I never have.
I cannot accept that a man should beat his wife. It is wrong, always.
I can't afford to be idealistic; I have a family to feed.
I will not vote for people who only promise things.
I can't stand corruption, and I would report it at once.
I won't marry outside my religion, because my parents would be hurt.
I cannot answer for others, but for me religion comes first.
I can't trust strangers easily; I was cheated once.
I refuse to judge anyone for the life they lead. My brother is gay, and our family is better for having talked about
I can't complain: the government keeps us safe, the trains run and the schools are good.
I'd rather not have neighbours who drink, since they make noise all night and my mother cannot sleep.
I cannot give you a simple yes. On some days I feel proud of my country, on others less so.
I am a man of few words. Work is important, and so is rest.
I am a teacher, and I see the future in my pupils every morning.
I'm a Buddhist, and I do not have feelings of hatred for anyone.
I am an optimist, I suppose; science has given us so much.
People ask me whether robots and artificial intelligence will take our work. I think that they will change it.
Technology such as AI worries me a little, as a mother, but it helps my son to learn.
Honestly, I can't help with the housework as I used to, and it makes me feel useless.
We cannot speak as freely as my cousins abroad, but our streets are safe.
My husband says that I cannot express my feelings well, and perhaps he is right about that.
Prayer helps me when I cannot provide for my family as I would like to.
I respect the law. I won't pay a bribe, and I have never been asked for one.
It depends. Sorry, but if a person lies to me once, I do not trust that person again.
Politics is not my world; I prefer not to argue about it at home, since my father and I never agree.
I can hardly decline an invitation from a friend; friends are my second family.
As a language teacher I hear many views in class, and I enjoy all of them.
I would say that I am quite happy, all things considered.
Yes, I believe in life after death, as a Hindu does.
""".strip().splitlines()
